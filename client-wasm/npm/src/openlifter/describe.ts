/** Paths and values of a meet in the words of people, for lists of changes. */

import type { Attempt, MeetTree, MeetValue } from "../meet-types.js";

const RESULTS = { open: "", good: ", good lift", "no-lift": ", no lift" } as const;
/** Longest text that is shown of a value. */
const LONGEST = 60;
const WORDS: { readonly [leaf: string]: string } = {
  bodyweightKg: "body weight",
  squatRackInfo: "squat rack",
  benchRackInfo: "bench rack",
  intendedWeightClassKg: "weight class",
  birthDate: "date of birth",
  memberId: "member id",
  deleted: "deleted",
};

/** Like `Ada Example: squat 2`. */
export function pathInWords(path: string, tree: MeetTree): string {
  const [, id, leaf = ""] = /^registration\.entries\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  if (id === undefined) {
    return path.startsWith("live") ? `platform ${path.slice(5, -1)}` : `meet: ${wordOf(path.slice("meet.".length))}`;
  }
  const entry = [...tree.entries, ...tree.deleted].find((one) => one.id === Number(id));
  const name = entry?.name ? entry.name : `lifter ${id}`;
  return leaf === "" ? name : `${name}: ${wordOf(leaf)}`;
}

/** Like `102.5 kg, good lift`. */
export function valueInWords(value: MeetValue, path: string): string {
  if (value === undefined || value === null || value === "") {
    return "nothing";
  }
  if (typeof value === "boolean") {
    return value ? "yes" : "no";
  }
  if (typeof value === "number") {
    return /Kg$/.test(path) ? `${rounded(value)} kg` : rounded(value);
  }
  if (Array.isArray(value)) {
    return value.map((part) => (typeof part === "object" ? `${part.kg} kg × ${part.pairs}` : String(part))).join(", ") || "nothing";
  }
  if (typeof value === "object") {
    return "result" in value ? attemptInWords(value) : "name" in value && value.name ? String(value.name) : "an entry";
  }
  return value.length > LONGEST ? `${value.slice(0, LONGEST)} …` : value;
}

function attemptInWords({ kg, result }: Attempt): string {
  return kg === 0 ? "nothing" : `${rounded(kg)} kg${RESULTS[result]}`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function wordOf(leaf: string): string {
  const [, lift, number] = /^(\w+)\[(\d)\]$/.exec(leaf) ?? [];
  return lift === undefined ? (WORDS[leaf] ?? leaf.replace(/([A-Z])/g, " $1").toLowerCase()) : `${lift} ${number}`;
}
