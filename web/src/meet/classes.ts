/** Weight classes and ages: which class a body weight is in by the meet's own lists, and how old somebody is on its day. */
import type { MeetEntry, MeetLeaves } from "./types.ts";
import { KG_PER_LB, ageOn, digits } from "./units.ts";

/** The upper limits of the classes of a sex, in kilograms, rising. */
export function limitsOf(meet: MeetLeaves, sex: string | null | undefined): readonly number[] {
  const list = sex === "F" ? meet.weightClassesKgWomen : sex === "Mx" ? meet.weightClassesKgMx : meet.weightClassesKgMen;
  return (list ?? []).toSorted((a, b) => a - b);
}

/** The class of a body weight: its upper limit like `82.5`, or `90+` above the last; empty where there are none or it is not known. */
export function classOf(bodyweightKg: number | null | undefined, limits: readonly number[]): string {
  const last = limits.at(-1);
  if (!bodyweightKg || last === undefined) return "";
  const limit = limits.find((kg) => bodyweightKg <= kg);
  return limit === undefined ? `${digits(last, 2)}+` : digits(limit, 2);
}

/** The class of an entry. */
export function classOfEntry(meet: MeetLeaves, entry: MeetEntry): string {
  return classOf(entry.bodyweightKg, limitsOf(meet, entry.sex));
}

/** A class as it is shown. In pounds classes are named by whole ones, rounded down, as is custom. */
export function showClass(name: string, inKg: boolean): string {
  if (inKg || name === "") return name;
  const more = name.endsWith("+");
  const kg = Number(more ? name.slice(0, -1) : name);
  return Number.isFinite(kg) ? `${Math.floor(kg / KG_PER_LB + 1e-9)}${more ? "+" : ""}` : name;
}

/** Years on the day of the meet, by the date of birth or else as entered; `null` where neither is known. */
export function ageOf(meet: MeetLeaves, entry: MeetEntry): number | null {
  const counted = ageOn(meet.date ?? "", entry.birthDate ?? "");
  return counted ?? (entry.age ? entry.age : null);
}
