/** Totals and places of one entry as they are, and as they would be were the attempt on the bar good. */
import { attemptOf, ifGood, liftsOf, subtotalKg } from "../../meet/attempts.ts";
import { countedTotalKg, results } from "../../meet/results.ts";
import { COUNTED } from "../../meet/types.ts";
import type { AttemptNumber, Lift, MeetEntry, MeetTree } from "../../meet/types.ts";
import { eventFor } from "./words.ts";

/** Where an entry stands in its event. */
export interface Standing {
  /** Whether all lifts of the event have a good attempt; otherwise it is a subtotal. */
  readonly whole: boolean;
  readonly kg: number;
  /** In its first division; `null` where it has none yet, or lifts as a guest. */
  readonly place: number | null;
}

/** What is lifted: somebody's attempt. */
export interface Attempted {
  readonly entry: MeetEntry;
  readonly lift: Lift;
  readonly attempt: AttemptNumber;
}

/** Whether the total to be shown is one that an open attempt would bring. */
export function isOpenFor({ entry, lift, attempt }: Attempted): boolean {
  const { kg, result } = attemptOf(entry, lift, attempt);
  return result === "open" && kg > 0 && COUNTED.includes(attempt);
}

/** The standing to show beside an attempt: if it is open, as it would be were it good. `null` where there is nothing to say. */
export function standingOf(tree: MeetTree, attempted: Attempted): Standing | null {
  const { entry, lift, attempt } = attempted;
  const event = eventFor(entry, lift);
  if (event === null) return null;
  const then = isOpenFor(attempted) ? ifGood(entry, lift, attempt) : entry;
  const total = countedTotalKg(tree.meet, then, event);
  if (total > 0) {
    const entries = tree.entries.map((one) => (one.id === entry.id ? then : one));
    return { whole: true, kg: total, place: placeFor({ ...tree, entries }, then, event) };
  }
  const subtotal = subtotalKg(then, event);
  // Of the first lift alone the weight itself says as much.
  const first = liftsOf(event)[0] === lift;
  return subtotal === 0 || first ? null : { whole: false, kg: subtotal, place: null };
}

/** The place of an entry in an event, in the first of its divisions; `null` where it has none. */
export function placeFor(tree: MeetTree, { id, divisions, sex }: MeetEntry, event: string): number | null {
  const division = divisions?.[0] ?? "";
  // Nobody is placed against another sex.
  const among = { ...tree, entries: tree.entries.filter((entry) => (entry.sex ?? "") === (sex ?? "")) };
  for (const { category, placed } of results(among)) {
    if (category.event !== event || category.division !== division) continue;
    const place = placed.find(({ entry }) => entry.id === id)?.place;
    if (place !== undefined) return typeof place === "number" ? place : null;
  }
  return null;
}
