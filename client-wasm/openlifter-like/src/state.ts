/**
 * The state of the app and its reducers, with the names and the habits of OpenLifter's state: an attempt is entered by
 * changing the entry where it is, ids count from 5000, and `lookup` says where in the list an entry is.
 */

export interface Entry {
  id: number;
  name: string;
  age: number;
  bodyweightKg: number;
  squatRackInfo: string;
  [more: string]: unknown;
}

export interface State {
  language: string;
  versions: { stateVersion: string };
  meet: { name: string; inKg: boolean; squatBarAndCollarsWeightKg: number; [more: string]: unknown };
  registration: { nextEntryId: number; entries: Entry[]; lookup: { [id: number]: number } };
  lifting: {
    day: number;
    platform: number;
    flight: string;
    lift: "S" | "B" | "D";
    overrideAttempt: number | null;
    overrideEntryId: number | null;
    columnDivisionWidthPx: number;
  };
}

export type Action = { type: string; [more: string]: any };

export const FIELDS = { S: "squat", B: "bench", D: "deadlift" } as const;
export const LB = 2.20462262;

const MEET: State["meet"] = {
  name: "",
  country: "",
  state: "",
  city: "",
  federation: "",
  date: "2026-11-21",
  formula: "IPF Points",
  ageCoefficients: "None",
  lengthDays: 1,
  platformsOnDays: [2],
  divisions: ["Open"],
  weightClassesKgMen: [83, 93],
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
};

const LIFTING: State["lifting"] = {
  day: 1,
  platform: 1,
  flight: "A",
  lift: "S",
  overrideAttempt: null,
  overrideEntryId: null,
  columnDivisionWidthPx: 0,
};

function newEntry(id: number): Entry {
  const five = (): number[] => [0, 0, 0, 0, 0];
  return {
    id,
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
    divisions: [],
    events: ["SBD"],
    squatKg: five(),
    benchKg: five(),
    deadliftKg: five(),
    squatStatus: five(),
    benchStatus: five(),
    deadliftStatus: five(),
  };
}

function language(state = "en", action: Action): string {
  return action.type === "OVERWRITE_STORE" ? action["store"].language : action.type === "CHANGE_LANGUAGE" ? action["language"] : state;
}

function versions(state = { stateVersion: "2" }, action: Action): State["versions"] {
  return action.type === "OVERWRITE_STORE" ? action["store"].versions : state;
}

function meet(state = MEET, action: Action): State["meet"] {
  switch (action.type) {
    case "OVERWRITE_STORE":
      return action["store"].meet;
    case "SET_MEET_NAME":
      return { ...state, name: action["name"] };
    case "UPDATE_MEET":
      return { ...state, ...action["changes"] };
    default:
      return state;
  }
}

function registration(state: State["registration"] = { nextEntryId: 5000, entries: [], lookup: {} }, action: Action): State["registration"] {
  const { nextEntryId, entries, lookup } = state;
  const index = lookup[action["entryId"]];
  switch (action.type) {
    case "OVERWRITE_STORE":
      return action["store"].registration;
    case "NEW_REGISTRATION":
      return listed([...entries, { ...newEntry(nextEntryId), ...action["overwriteDefaults"] }], nextEntryId + 1);
    case "DELETE_REGISTRATION":
      return listed(entries.filter((_, at) => at !== index), nextEntryId);
    case "MERGE_PLATFORM": {
      const others = entries.filter(({ day, platform }) => day !== action["day"] || platform !== action["platform"]);
      return listed([...others, ...action["platformEntries"]], nextEntryId);
    }
    case "UPDATE_REGISTRATION":
      return { ...state, entries: entries.map((entry, at) => (at === index ? { ...entry, ...action["changes"] } : entry)) };
    case "ENTER_ATTEMPT": {
      const entry = entries[index!]!;
      const weights = [...(entry[`${FIELDS[action["lift"] as "S"]}Kg`] as number[])];
      weights[action["attemptOneIndexed"] - 1] = action["weightKg"];
      entry[`${FIELDS[action["lift"] as "S"]}Kg`] = weights;
      return { ...state, entries: entries.map((one, at) => (at === index ? { ...one } : one)) };
    }
    case "MARK_LIFT": {
      const field = `${FIELDS[action["lift"] as "S"]}Status`;
      const marked = [...(entries[index!]![field] as number[])];
      marked[action["attemptOneIndexed"] - 1] = action["success"] ? 1 : -1;
      return { ...state, entries: entries.map((one, at) => (at === index ? { ...one, [field]: marked } : one)) };
    }
    default:
      return state;
  }
}

function listed(entries: Entry[], nextEntryId: number): State["registration"] {
  return { nextEntryId, entries, lookup: Object.fromEntries(entries.map(({ id }, at) => [id, at])) };
}

function lifting(state = LIFTING, action: Action): State["lifting"] {
  switch (action.type) {
    case "OVERWRITE_STORE":
      return action["store"].lifting;
    case "MARK_LIFT":
      return { ...state, overrideAttempt: null, overrideEntryId: null };
    case "SET_LIFTING_GROUP":
    case "OVERRIDE_ATTEMPT":
    case "OVERRIDE_ENTRY_ID":
    case "SET_TABLE_INFO":
      return { ...state, ...action["changes"] };
    default:
      return state;
  }
}

export const reducers = { language, versions, meet, registration, lifting };
