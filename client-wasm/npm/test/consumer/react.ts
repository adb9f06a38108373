/**
 * What somebody may write who uses the hooks; `consumer.test.ts` compiles it, nothing runs it.
 */

import { createElement } from "react";
import type { ReactElement } from "react";
import { connect } from "scorelay";
import type { Meet, MeetDisplay } from "scorelay/meet";
import { ScorelayProvider, useBoardView, useDirectory, useMeet, usePending, useProfiles, useScorelay, useStage, useStatus, useTracked } from "scorelay/react";

const client = connect();

function Board(props: { id: string }): ReactElement {
  const { rows, held } = useBoardView(props.id, { from: 1, to: 10 });
  const places = useTracked("twitch:1", client).places.map(({ board, at }) => `${board}: ${at?.rank ?? "nowhere"}`);
  const titles = useDirectory()?.map((board) => board.title) ?? [];
  const { kind } = useStatus();
  const profiles = useProfiles(rows.flatMap((row) => (row === null ? [] : [row.entity])));
  const names = rows.map((row) => profiles.get(row?.entity ?? "")?.name ?? "…");
  return createElement("p", { title: kind }, held, ...names, ...places, ...titles, useScorelay() === client);
}

export function Desk(props: { meet: Meet | null; overlay: MeetDisplay }): ReactElement {
  const lifter: number | null | undefined = useStage(props.overlay, 1)?.lifter;
  const { count, saved } = usePending(props.meet);
  return createElement("p", null, lifter, count, saved, useMeet(props.meet).entries.length, useStage(props.meet, 1)?.flight);
}

export const app: ReactElement = createElement(ScorelayProvider, { client }, createElement(Board, { id: "messages" }));
