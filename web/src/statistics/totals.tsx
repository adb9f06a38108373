/** How much there is in all: sizes of the boards, and the messages of all rooms as long as these are few enough to add up. */
import type { BoardSummary } from "scorelay";
import { useBoardView } from "scorelay/react";

import * as format from "../lib/format.ts";

/** More rooms than this are not added up. */
const ROOMS = { from: 1, to: 64 };

/** The figures. */
export function Totals({ boards }: { boards: readonly BoardSummary[] | null }) {
  const has = (id: string) => boards?.some((board) => board.id === id) ?? false;
  const rooms = useBoardView(has("rooms") ? "rooms" : null, ROOMS);
  const words = useSize(has("words") ? "words" : null);
  const nicks = useSize(has("nicks") ? "nicks" : null);
  const all = rooms.complete && rooms.total <= ROOMS.to;
  const messages = all ? rooms.rows.reduce((sum, row) => sum + (row?.score ?? 0), 0) : null;
  return (
    <dl class="totals">
      <Total name="Messages" value={messages} title="All that were counted, in all rooms" />
      <Total name="Different words" value={words} />
      <Total name="Different names" value={nicks} />
      <Total name="Rooms" value={rooms.presence === "present" ? rooms.total : null} />
    </dl>
  );
}

function useSize(board: string | null): number | null {
  const { presence, total } = useBoardView(board, FIRST);
  return presence === "present" ? total : null;
}

const FIRST = { from: 1, to: 1 };

function Total({ name, value, title }: { name: string; value: number | null; title?: string }) {
  return (
    <div class="card" title={title}>
      <dt>{name}</dt>
      <dd>{value === null ? "–" : format.count(value)}</dd>
    </div>
  );
}
