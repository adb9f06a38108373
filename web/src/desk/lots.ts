/** Draws lots: entries without one get numbers that nobody has, in an order nobody can foresee. */
import type { MeetEntry } from "../meet/index.ts";

/** Pairs of an entry's id and its lot, for those without one. `random` gives numbers from 0 up to 1. */
export function drawLots(entries: readonly MeetEntry[], random: () => number = Math.random): readonly (readonly [id: number, lot: number])[] {
  const taken = new Set(entries.map(({ lot }) => lot || 0));
  const free = entries.map((_, at) => at + 1).filter((lot) => !taken.has(lot));
  const without = entries.filter(({ lot }) => !lot);
  return without.map(({ id }, at) => {
    // Each is drawn from those that are left: the ones before are swapped to the front.
    const from = at + Math.floor(random() * (free.length - at));
    [free[at], free[from]] = [free[from]!, free[at]!];
    return [id, free[at]!] as const;
  });
}
