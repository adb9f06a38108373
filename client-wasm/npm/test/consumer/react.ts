/**
 * What somebody may write who uses the hooks; `consumer.test.ts` compiles it, nothing runs it.
 */

import { createElement } from "react";
import type { ReactElement } from "react";
import { connect } from "scorelay";
import { ScorelayProvider, useBoardView, useDirectory, useScorelay, useStatus, useTracked } from "scorelay/react";

const client = connect();

function Board(props: { id: string }): ReactElement {
  const { rows, held } = useBoardView(props.id, { from: 1, to: 10 });
  const places = useTracked("twitch:1", client).places.map(({ board, at }) => `${board}: ${at?.rank ?? "nowhere"}`);
  const titles = useDirectory()?.map((board) => board.title) ?? [];
  const { kind } = useStatus();
  const names = rows.map((row) => row?.entity ?? "…");
  return createElement("p", { title: kind }, held, ...names, ...places, ...titles, useScorelay() === client);
}

export const app: ReactElement = createElement(ScorelayProvider, { client }, createElement(Board, { id: "messages" }));
