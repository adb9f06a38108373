/** Where pinned rows are shown and what is said of them: pure parts of `ui/pins.tsx`. */
import type { Standing } from "scorelay";

import * as format from "./format.ts";
import type { Ranks } from "./geometry.ts";

/** Where a pinned row belongs: over or under what is in sight, or in it; `unknown` until somebody told. */
export type Side = "above" | "inside" | "below" | "absent" | "unknown";

/**
 * Where each pinned row belongs. `ranks` has their ranks, `null` where one does not stand on the board; `whole` are the
 * ranks in sight, of which each row at an edge covers one.
 */
export function sides(pins: readonly string[], ranks: ReadonlyMap<string, number | null>, whole: Ranks): Map<string, Side> {
  const places = new Map<string, Side>();
  const standing: [string, number][] = [];
  for (const pin of pins) {
    const rank = ranks.get(pin);
    if (rank === undefined) places.set(pin, "unknown");
    else if (rank === null) places.set(pin, "absent");
    else standing.push([pin, rank]);
  }
  standing.sort(([, a], [, b]) => a - b);
  let above = 0;
  for (const [pin, rank] of standing) {
    if (rank >= whole.from + above) continue;
    places.set(pin, "above");
    above += 1;
  }
  let below = [...places.values()].filter((side) => side === "absent").length;
  for (const [pin, rank] of standing.toReversed()) {
    if (places.has(pin)) continue;
    const under = rank > whole.to - below;
    places.set(pin, under ? "below" : "inside");
    if (under) below += 1;
  }
  return places;
}

/** How far it is to the next rank, or how far the leader leads. */
export function distance(
  standing: Standing,
  next: Standing | null,
  decimals: number,
): string {
  if (next === null) return standing.rank === 1 ? "In the lead" : "";
  const apart = Math.abs(next.score - standing.score);
  const by = format.score(apart, decimals);
  if (standing.rank === 1) return apart === 0 ? "Level with #2" : `${by} ahead of #2`;
  const rank = `#${format.count(next.rank)}`;
  return apart === 0 ? `Level with ${rank}` : `${by} behind ${rank}`;
}
