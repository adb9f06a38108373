/** Attempts of one entry: what it lifted, what it may still total, and what the next one could bring. */
import { ATTEMPTS, COUNTED, LETTERS, LIFTS, attemptKey } from "./types.ts";
import type { Attempt, AttemptNumber, Lift, MeetEntry, MeetLeaves } from "./types.ts";

const NONE: Attempt = { kg: 0, result: "open" };

/** An attempt of an entry; 0 and open where none is set. */
export function attemptOf(entry: MeetEntry, lift: Lift, attempt: AttemptNumber): Attempt {
  return entry[attemptKey(lift, attempt)] ?? NONE;
}

/** The attempts that a meet has: three, or four where it allows fourth ones. */
export function attemptsOf(meet: MeetLeaves): readonly AttemptNumber[] {
  return meet.allow4thAttempts === true ? ATTEMPTS.slice(0, 4) : COUNTED;
}

/** Kilograms of the best good lift that counts; 0 if there is none. A fourth attempt never counts. */
export function bestKg(entry: MeetEntry, lift: Lift): number {
  let best = 0;
  for (const attempt of COUNTED) {
    const { kg, result } = attemptOf(entry, lift, attempt);
    if (result === "good" && kg > best) best = kg;
  }
  return best;
}

/** Whether an entry made any attempt, good or not. */
export function hasLifted(entry: MeetEntry): boolean {
  return LIFTS.some((lift) => ATTEMPTS.some((attempt) => attemptOf(entry, lift, attempt).result !== "open"));
}

/** Whether none of the attempts that count can bring a lift any more. */
export function bombedOut(entry: MeetEntry, lift: Lift): boolean {
  return COUNTED.every((attempt) => attemptOf(entry, lift, attempt).result === "no-lift");
}

/** Whether an entry has no total in an event yet, but may still come to one. */
export function mayTotal(entry: MeetEntry, event: string): boolean {
  return totalKg(entry, event) === 0 && liftsOf(event).every((lift) => bestKg(entry, lift) > 0 || !bombedOut(entry, lift));
}

/** The lifts of an event. */
export function liftsOf(event: string): readonly Lift[] {
  return LIFTS.filter((lift) => event.includes(LETTERS[lift]));
}

/** The total of an event: the best lifts together, or 0 where one is missing. */
export function totalKg(entry: MeetEntry, event: string): number {
  let total = 0;
  for (const lift of liftsOf(event)) {
    const best = bestKg(entry, lift);
    if (best === 0) return 0;
    total += best;
  }
  return total;
}

/** The best lifts together, those that there are. */
export function subtotalKg(entry: MeetEntry, event: string): number {
  return liftsOf(event).reduce((sum, lift) => sum + bestKg(entry, lift), 0);
}

/** The entry as it would be were an attempt good. */
export function ifGood(entry: MeetEntry, lift: Lift, attempt: AttemptNumber): MeetEntry {
  return { ...entry, [attemptKey(lift, attempt)]: { kg: attemptOf(entry, lift, attempt).kg, result: "good" } };
}
