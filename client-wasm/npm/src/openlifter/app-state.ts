/**
 * The state of OpenLifter, as far as it is synchronised or needed for that, by shape only: nothing here depends on Redux.
 * Which leaves there are, and what an app shows where nothing is set, stands here too.
 */

import type { EntryLeaves, Lift, MeetLeaves } from "../meet-types.js";

/** Leaves of a meet that OpenLifter has, plates aside. */
export const MEET_LEAVES = [
  "name",
  "country",
  "state",
  "city",
  "federation",
  "date",
  "formula",
  "ageCoefficients",
  "lengthDays",
  "platformsOnDays",
  "divisions",
  "weightClassesKgMen",
  "weightClassesKgWomen",
  "weightClassesKgMx",
  "squatBarAndCollarsWeightKg",
  "benchBarAndCollarsWeightKg",
  "deadliftBarAndCollarsWeightKg",
  "combineSleevesAndWraps",
  "combineSingleAndMulti",
  "allow4thAttempts",
  "roundTotalsDown",
  "inKg",
  "showAlternateUnits",
] as const satisfies ReadonlyArray<keyof MeetLeaves>;

/** Leaves of an entry that OpenLifter has, and what stands there where nothing is set. Attempts aside. */
export const ENTRY_DEFAULTS = {
  day: 1,
  platform: 1,
  flight: "A",
  name: "",
  sex: "M",
  birthDate: "",
  age: 0,
  country: "",
  state: "",
  intendedWeightClassKg: "",
  equipment: "Sleeves",
  memberId: "",
  team: "",
  instagram: "",
  notes: "",
  lot: 0,
  bodyweightKg: 0,
  squatRackInfo: "",
  benchRackInfo: "",
  paid: false,
  guest: false,
  divisions: [] as ReadonlyArray<string>,
  events: [] as ReadonlyArray<string>,
} as const satisfies EntryLeaves;

export type EntryLeaf = keyof typeof ENTRY_DEFAULTS;
export const ENTRY_LEAVES = Object.keys(ENTRY_DEFAULTS) as ReadonlyArray<EntryLeaf>;

export const LIFTS: ReadonlyArray<Lift> = ["squat", "bench", "deadlift"];
/** OpenLifter's letters for the lifts. */
export const LIFT_OF_LETTER: { readonly [letter: string]: Lift | undefined } = { S: "squat", B: "bench", D: "deadlift" };
export const ATTEMPTS = [1, 2, 3, 4, 5] as const;

/** Plates as OpenLifter has them. */
export interface AppPlate {
  weightKg: number;
  pairCount: number;
  color: string;
}

/** `state.meet`. */
export type AppMeet = { [leaf in (typeof MEET_LEAVES)[number]]?: unknown } & { plates?: unknown; [more: string]: unknown };
/** An entry of `state.registration.entries`; attempts are in arrays of five, with 1 for good and −1 for no lift. */
export type AppEntry = { id: number; [more: string]: unknown };

/** `state.registration`. */
export interface AppRegistration {
  nextEntryId: number;
  entries: AppEntry[];
  lookup: { [id: number]: number };
  [more: string]: unknown;
}

/** `state.lifting`, which is the device's own. */
export interface AppLifting {
  day: number;
  platform: number;
  flight: string;
  lift: string;
  overrideAttempt: number | null;
  overrideEntryId: number | null;
  [more: string]: unknown;
}

/** The whole. */
export interface AppState {
  meet: AppMeet;
  registration: AppRegistration;
  lifting: AppLifting;
  language?: unknown;
  versions?: unknown;
  _persist?: unknown;
  [more: string]: unknown;
}

/** The part that is synchronised; a deep copy of it is what later states are compared with. */
export type Synced = Pick<AppState, "meet"> & { readonly entries: ReadonlyArray<AppEntry> };

/** Whether a state is OpenLifter's. */
export function isAppState(state: unknown): state is AppState {
  const { meet, registration } = (state ?? {}) as Partial<AppState>;
  return typeof meet === "object" && meet !== null && Array.isArray(registration?.entries);
}
