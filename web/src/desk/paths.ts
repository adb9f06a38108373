/** The paths of a meet's values, and in words what they are of. */
import { attemptKey } from "../meet/index.ts";
import type { AttemptNumber, EntryLeaves, Lift, MeetLeaves, MeetTree, MeetValue } from "../meet/index.ts";
import { showWeight, unitOf } from "../meet/index.ts";

export function meetPath(leaf: keyof MeetLeaves): string {
  return `meet.${leaf}`;
}

export function entryPath(id: number): string {
  return `registration.entries[${id}]`;
}

export function leafPath(id: number, leaf: keyof EntryLeaves): string {
  return `${entryPath(id)}.${leaf}`;
}

export function attemptPath(id: number, lift: Lift, attempt: AttemptNumber): string {
  return `${entryPath(id)}.${attemptKey(lift, attempt)}`;
}

export function stagePath(stage: number): string {
  return `live[${stage}]`;
}

/** What a path is of, as people say it. */
export function pathWords(path: string, tree: MeetTree): string {
  const entry = /^registration\.entries\[(\d+)\](?:\.(.+))?$/.exec(path);
  if (entry !== null) {
    const id = Number(entry[1]);
    const found = [...tree.entries, ...tree.deleted].find((one) => one.id === id);
    const name = found?.name || `Entry ${id}`;
    return entry[2] === undefined ? `${name}, the whole entry` : `${name}, ${leafWords(entry[2])}`;
  }
  const stage = /^live\[(\d+)\]$/.exec(path);
  if (stage !== null) return `What stage ${stage[1]} shows`;
  return `The meet’s ${leafWords(path.replace(/^meet\./, ""))}`;
}

/** A value as people say it. */
export function valueWords(value: MeetValue, tree: MeetTree, path: string): string {
  const inKg = tree.meet.inKg !== false;
  if (value === undefined) return "nothing";
  if (value === null || value === "") return "empty";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return /Kg$/.test(path) ? `${showWeight(value, inKg)} ${unitOf(inKg)}` : String(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((one) => (typeof one === "object" ? `${showWeight(one.kg, inKg)} × ${one.pairs}` : String(one))).join(", ");
  if ("result" in value && "kg" in value) return attemptWords(value.kg, value.result, inKg);
  if ("flight" in value && "lifter" in value) {
    const lifter = tree.entries.find(({ id }) => id === value.lifter)?.name;
    return [`flight ${value.flight}`, value.lift, value.attempt === null ? "" : String(value.attempt), lifter].filter(Boolean).join(" ");
  }
  return "an entry";
}

function attemptWords(kg: number, result: "open" | "good" | "no-lift", inKg: boolean): string {
  if (kg === 0) return "not declared";
  const weight = `${showWeight(kg, inKg)} ${unitOf(inKg)}`;
  return result === "open" ? weight : `${weight}, ${result === "good" ? "good lift" : "no lift"}`;
}

const LEAVES: Readonly<Record<string, string>> = {
  bodyweightKg: "body weight", birthDate: "date of birth", memberId: "member number", lot: "lot number", inKg: "unit",
  squatRackInfo: "squat rack", benchRackInfo: "bench rack", intendedWeightClassKg: "intended class", ageCoefficients: "age coefficients",
  squatBarAndCollarsWeightKg: "squat bar", benchBarAndCollarsWeightKg: "bench bar", deadliftBarAndCollarsWeightKg: "deadlift bar",
  weightClassesKgMen: "men’s classes", weightClassesKgWomen: "women’s classes", weightClassesKgMx: "Mx classes",
};

/** `squat[2]` is "squat 2", `platformsOnDays` is "platforms on days". */
function leafWords(leaf: string): string {
  return LEAVES[leaf] ?? leaf.replace(/\[(\d)\]$/, " $1").replace(/([A-Z])/g, " $1").toLowerCase();
}
