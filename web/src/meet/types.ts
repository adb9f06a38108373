/** The types of meets that the pages use: those of the package, and the words that meets are written in. Nothing here runs but lists. */
import type { AttemptNumber, Lift, MeetEntry } from "scorelay/meet";

export type {
  Attempt,
  AttemptNumber,
  DisplayLink,
  DisplaySnapshot,
  EntryLeaves,
  Keeping,
  KeptMeet,
  Lift,
  Location,
  Meet,
  MeetClient,
  MeetDisplay,
  MeetEntry,
  MeetLeaves,
  MeetSession,
  MeetState,
  MeetTree,
  MeetValue,
  NewEntry,
  Overruled,
  PendingState,
  Plate,
  Stage,
} from "scorelay/meet";

/** The lifts, in the order they are lifted. */
export const LIFTS: readonly Lift[] = ["squat", "bench", "deadlift"];
/** The lifts as they are called. */
export const LIFT_NAMES: Readonly<Record<Lift, string>> = { squat: "Squat", bench: "Bench press", deadlift: "Deadlift" };
/** The letter of a lift in the name of an event. */
export const LETTERS: Readonly<Record<Lift, string>> = { squat: "S", bench: "B", deadlift: "D" };
/** Attempts that an entry has room for. The first three count for the total. */
export const ATTEMPTS: readonly AttemptNumber[] = [1, 2, 3, 4, 5];
/** Attempts that count. */
export const COUNTED: readonly AttemptNumber[] = [1, 2, 3];
/** What entries lift in, from little to much. */
export const EQUIPMENT: readonly string[] = ["Bare", "Sleeves", "Wraps", "Single-ply", "Multi-ply", "Unlimited"];
/** What entries lift. */
export const EVENTS: readonly string[] = ["SBD", "BD", "SB", "SD", "S", "B", "D"];
export const SEXES: readonly string[] = ["F", "M", "Mx"];
export const FLIGHTS: readonly string[] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"];

/** Where an attempt stands in an entry. */
export function attemptKey(lift: Lift, attempt: AttemptNumber): `${Lift}[${AttemptNumber}]` {
  return `${lift}[${attempt}]`;
}

/** The events of an entry. Where none were ever set it is the whole powerlifting. */
export function eventsOf(entry: MeetEntry): readonly string[] {
  return entry.events === undefined ? ["SBD"] : entry.events ?? [];
}

/** Whether an entry lifts a lift in any of its events. */
export function doesLift(entry: MeetEntry, lift: Lift): boolean {
  return eventsOf(entry).some((event) => event.includes(LETTERS[lift]));
}
