/**
 * Values of OpenLifter's state as values of a meet, and back. Numbers stay what they are, bit by bit. What is `null` or
 * absent in the meet is shown as what the app has for nothing, as it cannot draw either, and is never sent back as such.
 */

import type { Attempt, AttemptNumber, EntryAttempts, Lift, MeetEntry, MeetValue, NewEntry, Plate } from "../meet-types.js";
import { ATTEMPTS, ENTRY_DEFAULTS, ENTRY_LEAVES, LIFTS, type AppEntry, type AppPlate, type EntryLeaf } from "./app-state.js";

const RESULTS = { open: 0, good: 1, "no-lift": -1 } as const;

/** The key of an attempt in an entry of a meet. */
export function attemptKey(lift: Lift, number: AttemptNumber): keyof EntryAttempts {
  return `${lift}[${number}]`;
}

/** An attempt of an entry of the app. */
export function attemptOf(entry: AppEntry, lift: Lift, number: AttemptNumber): Attempt {
  const kg: unknown = (entry[`${lift}Kg`] as unknown[] | undefined)?.[number - 1];
  const status: unknown = (entry[`${lift}Status`] as unknown[] | undefined)?.[number - 1];
  return { kg: typeof kg === "number" ? kg : 0, result: status === 1 ? "good" : status === -1 ? "no-lift" : "open" };
}

/** The two arrays of a lift in an entry of the app. */
export function attemptArrays(entry: MeetEntry, lift: Lift): { kg: number[]; status: number[] } {
  const attempts = ATTEMPTS.map((number) => entry[attemptKey(lift, number)]);
  return {
    kg: attempts.map((attempt) => attempt?.kg ?? 0),
    status: attempts.map((attempt) => RESULTS[attempt?.result ?? "open"]),
  };
}

/** An entry of the app as one that a meet's entry is set to as a whole. Attempts nobody declared are left out. */
export function wholeEntry(entry: AppEntry): NewEntry {
  const leaves = ENTRY_LEAVES.filter((leaf) => entry[leaf] !== undefined).map((leaf) => [leaf, copied(entry[leaf])]);
  const attempts = LIFTS.flatMap((lift) => ATTEMPTS.map((number) => [attemptKey(lift, number), attemptOf(entry, lift, number)] as const));
  return Object.fromEntries([...leaves, ...attempts.filter(([, attempt]) => !isEmpty(attempt))]) as NewEntry;
}

/** Whether nothing is declared. */
export function isEmpty({ kg, result }: Attempt): boolean {
  return Object.is(kg, 0) && result === "open";
}

/** What the app shows of a leaf of an entry. */
export function shownLeaf(leaf: EntryLeaf, value: unknown): unknown {
  return copied(value ?? ENTRY_DEFAULTS[leaf]);
}

/** An entry of a meet as the app's; what only this app has of it, it keeps. */
export function appEntry(entry: MeetEntry, own: AppEntry | undefined): AppEntry {
  const made: AppEntry = { ...(copied(own) as AppEntry | undefined), id: entry.id };
  for (const leaf of ENTRY_LEAVES) {
    made[leaf] = shownLeaf(leaf, entry[leaf]);
  }
  for (const lift of LIFTS) {
    const { kg, status } = attemptArrays(entry, lift);
    made[`${lift}Kg`] = kg;
    made[`${lift}Status`] = status;
  }
  return made;
}

/** A leaf of the app's meet as a value of a meet. */
export function meetValue(leaf: string, value: unknown): MeetValue {
  if (leaf === "plates" && Array.isArray(value)) {
    return (value as AppPlate[]).map(({ weightKg, pairCount, color }): Plate => ({ kg: weightKg, pairs: pairCount, color }));
  }
  return copied(value) as MeetValue;
}

/** And back; `undefined` where the app keeps what it has. */
export function appValue(leaf: string, value: unknown): unknown {
  if (leaf === "plates" && Array.isArray(value)) {
    return (value as Plate[]).map(({ kg, pairs, color }): AppPlate => ({ weightKg: kg, pairCount: pairs, color }));
  }
  return copied(value ?? undefined);
}

/** A deep copy of plain data. The app changes entries where they are, and throws where they are frozen. */
export function copied<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map(copied) as T;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copied(part)])) as T;
  }
  return value;
}

/** Whether two plain values are the same, numbers to the bit. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) {
    return true;
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return false;
  }
  if (Array.isArray(one) !== Array.isArray(other)) {
    return false;
  }
  const keys = Object.keys(one);
  const others = other as { [key: string]: unknown };
  const equal = (key: string): boolean => key in others && same((one as { [key: string]: unknown })[key], others[key]);
  return keys.length === Object.keys(other).length && keys.every(equal);
}
