/**
 * Decides how rows get to their new places: a handful of moves glide, more become a fade, and a scroll is no move at all.
 * Which rows moved is computed in `lib/moves.ts`.
 */
import { useEffect, useRef } from "preact/hooks";
import type { BoardSnapshot, Row } from "scorelay";

import { Calm, movers } from "../lib/moves.ts";
import { isCalm } from "./motion.ts";
import type { Manner } from "./row.tsx";

/** More moves at once than this are no longer shown one by one. */
const HANDFUL = 5;

interface Drawn {
  readonly snapshot: BoardSnapshot;
  readonly origin: number;
  readonly ranks: ReadonlyMap<string, number>;
}

/** How each of the rows about to be drawn gets to its place; those not named do not move. */
export function useManners(
  snapshot: BoardSnapshot,
  origin: number,
  rows: readonly (Row | null)[],
): ReadonlyMap<string, Manner> {
  const drawn = useRef<Drawn | null>(null);
  const decided = useRef<{ of: BoardSnapshot; manners: ReadonlyMap<string, Manner> } | null>(null);
  const calm = useRef(new Calm());
  const before = drawn.current;
  const comparable = before !== null && before.snapshot !== snapshot && before.origin === origin && before.snapshot.board === snapshot.board;
  if (comparable) decided.current = { of: snapshot, manners: decide(before, rows, calm.current) };
  else if (decided.current?.of !== snapshot || before?.origin !== origin) decided.current = null;
  useEffect(() => {
    const ranks = new Map<string, number>();
    for (const row of rows) if (row !== null) ranks.set(row.entity, row.rank);
    drawn.current = { snapshot, origin, ranks };
  });
  return decided.current?.manners ?? NONE;
}

const NONE: ReadonlyMap<string, Manner> = new Map();

function decide(before: Drawn, rows: readonly (Row | null)[], calm: Calm): ReadonlyMap<string, Manner> {
  const common: Row[] = [];
  const former: number[] = [];
  let changed = 0;
  for (const row of rows) {
    const rank = row === null ? undefined : before.ranks.get(row.entity);
    if (row === null || rank === undefined) continue;
    common.push(row);
    former.push(rank);
    if (rank !== row.rank) changed += 1;
  }
  if (changed === 0 || isCalm()) return NONE;
  const moved = movers(former);
  const manners = new Map<string, Manner>();
  const now = performance.now();
  if (moved.size <= HANDFUL && calm.mayGlide(changed, now)) {
    common.forEach((row, at) => {
      if (former[at] !== row.rank) manners.set(row.entity, moved.has(at) && former[at]! > row.rank ? "over" : "glide");
    });
  } else if (calm.mayFade(now)) {
    for (const at of moved) manners.set(common[at]!.entity, "fade");
  }
  return manners;
}
