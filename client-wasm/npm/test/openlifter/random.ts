/** States and changes of an app, made up from a seed. */

import { ENTRY_DEFAULTS, type AppEntry, type AppState } from "../../src/openlifter/app-state.js";
import { lookupOf } from "../../src/openlifter/merge.js";

/** Numbers from a seed: mulberry32, by Tommy Ettinger, public domain. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below 1. */
  real(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(end: number): number {
    return Math.floor(this.real() * end);
  }

  of<T>(list: ReadonlyArray<T>): T {
    return list[this.below(list.length)]!;
  }
}

export function emptyState(): AppState {
  return {
    language: "en",
    versions: { stateVersion: "2" },
    meet: {
      name: "",
      country: "",
      state: "",
      city: "",
      federation: "",
      date: "2026-11-21",
      formula: "IPF Points",
      ageCoefficients: "None",
      lengthDays: 1,
      platformsOnDays: [1],
      divisions: [],
      weightClassesKgMen: [],
      weightClassesKgWomen: [],
      weightClassesKgMx: [],
      squatBarAndCollarsWeightKg: 25,
      benchBarAndCollarsWeightKg: 25,
      deadliftBarAndCollarsWeightKg: 25,
      plates: [{ weightKg: 25, pairCount: 8, color: "#ff0000" }],
      combineSleevesAndWraps: false,
      combineSingleAndMulti: false,
      allow4thAttempts: false,
      roundTotalsDown: false,
      inKg: true,
      showAlternateUnits: false,
    },
    registration: { nextEntryId: 5_000, entries: [], lookup: {} },
    lifting: { day: 1, platform: 1, flight: "A", lift: "S", overrideAttempt: null, overrideEntryId: null, columnDivisionWidthPx: 0 },
  };
}

export function newEntry(id: number, given: Partial<AppEntry> = {}): AppEntry {
  const arrays = ["squat", "bench", "deadlift"].flatMap((lift) => [
    [`${lift}Kg`, [0, 0, 0, 0, 0]],
    [`${lift}Status`, [0, 0, 0, 0, 0]],
  ]);
  return { ...structuredClone(ENTRY_DEFAULTS), ...Object.fromEntries(arrays), ...given, id };
}

/** A weight as people enter it: in kilograms, or in pounds, which leaves all bits filled. */
export function weight(random: Random): number {
  return random.below(4) === 0 ? (5 * random.below(160)) / 2.20462262 : 2.5 * random.below(160);
}

/** Changes a state as an app does it, in place or not, and keeps its lookup right. */
export function changeSomething(state: AppState, random: Random): AppState {
  const { registration } = state;
  const entry = registration.entries.length === 0 ? null : random.of(registration.entries);
  switch (entry === null ? 0 : random.below(9)) {
    case 0: {
      const made = newEntry(registration.nextEntryId, { name: `Lifter ${random.below(1_000)}`, lot: random.below(60), events: ["SBD"] });
      return withEntries(state, [...registration.entries, made], registration.nextEntryId + 1);
    }
    case 1:
      return random.below(4) > 0 ? state : withEntries(state, registration.entries.filter((one) => one !== entry));
    case 2:
      return { ...state, meet: { ...state.meet, name: `Open ${random.below(10)}`, inKg: random.below(2) === 0 } };
    case 3:
      return { ...state, meet: { ...state.meet, plates: [{ weightKg: weight(random), pairCount: random.below(9), color: "#00ff00" }] } };
    case 4:
      return withEntry(state, entry!, { bodyweightKg: weight(random), divisions: [`Open ${random.below(3)}`] });
    case 5:
      return withEntry(state, entry!, { notes: `Note ${random.below(99)}`, birthDate: "1990-02-28", paid: random.below(2) === 0 });
    case 6:
      return { ...state, lifting: { ...state.lifting, lift: random.of(["S", "B", "D"]), overrideAttempt: random.of([null, 2]) } };
    default: {
      const lift = random.of(["squat", "bench", "deadlift"]);
      const number = random.below(5);
      // In place, as OpenLifter does it.
      (entry![`${lift}Kg`] as number[])[number] = weight(random);
      (entry![`${lift}Status`] as number[])[number] = random.below(3) - 1;
      return { ...state, registration: { ...registration, entries: [...registration.entries] } };
    }
  }
}

function withEntry(state: AppState, entry: AppEntry, changes: Partial<AppEntry>): AppState {
  return withEntries(state, state.registration.entries.map((one) => (one === entry ? { ...one, ...changes } : one)));
}

export function withEntries(state: AppState, entries: AppEntry[], nextEntryId = state.registration.nextEntryId): AppState {
  return { ...state, registration: { ...state.registration, nextEntryId, entries, lookup: lookupOf(entries) } };
}
