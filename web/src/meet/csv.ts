/**
 * Results as OpenPowerlifting takes them: the "OPL Format v1". A line that says what it is, a table of the meet, and one of
 * its entries with a row for each category somebody competes in. Columns that are empty in every row are left out.
 */
import { attemptOf, bestKg, liftsOf } from "./attempts.ts";
import { ageOf, showClass } from "./classes.ts";
import { results } from "./results.ts";
import type { CategoryResult, Placed } from "./results.ts";
import { ATTEMPTS, LIFTS } from "./types.ts";
import type { MeetLeaves, MeetTree } from "./types.ts";
import { digits, isDate, showWeight } from "./units.ts";

/** The results of a meet. `program` says what made them, with its version. */
export function oplCsv(tree: MeetTree, returnAddress: string, program: string): string {
  const first = [`OPL Format v1 (${program})`, "Submit by email:", returnAddress];
  const entries = withoutEmptyColumns(entriesTable(tree));
  return `${line(first)}\n\n${meetTable(tree.meet).map(line).join("\n")}\n\n${entries.map(line).join("\n")}\n`;
}

/** The name of the file. */
export function csvName(meet: MeetLeaves): string {
  const name = (meet.name ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${[meet.date ?? "", name || "meet"].filter((part) => part !== "").join("-")}.opl.csv`;
}

function meetTable(meet: MeetLeaves): readonly (readonly string[])[] {
  const names = ["Federation", "Date", "MeetCountry", "MeetState", "MeetTown", "MeetName", "Formula"];
  const values = [meet.federation, date(meet.date), meet.country, meet.state, meet.city, meet.name, meet.formula].map(text);
  const rules = [
    meet.combineSleevesAndWraps === true ? "CombineSleevesAndWraps" : "",
    meet.combineSingleAndMulti === true ? "CombineSingleAndMulti" : "",
  ].filter((rule) => rule !== "");
  return rules.length === 0 ? [names, values] : [[...names, "RuleSet"], [...values, rules.join(" ")]];
}

function entriesTable(tree: MeetTree): readonly (readonly string[])[] {
  const unit = tree.meet.inKg === false ? "LBS" : "Kg";
  const lifts = LIFTS.map((lift) => lift[0]!.toUpperCase() + lift.slice(1));
  const names = [
    "Place", "Name", "Instagram", "Sex", "BirthDate", "Age", "Country", "State", "Equipment", "Division", "Lot",
    `Bodyweight${unit}`, `WeightClass${unit}`,
    ...lifts.flatMap((lift) => [...ATTEMPTS.map((attempt) => `${lift}${attempt}${unit}`), `Best3${lift}${unit}`]),
    `Total${unit}`, "Points", "Event", "Team",
  ];
  return [names, ...results(tree).flatMap((result) => result.placed.map((row) => entryRow(tree.meet, result, row)))];
}

function entryRow(meet: MeetLeaves, { category }: CategoryResult, row: Placed): readonly string[] {
  const { entry } = row;
  const weight = (kg: number) => (kg === 0 ? "" : showWeight(kg, meet.inKg !== false));
  const lifted = liftsOf(category.event);
  return [
    text(row.place), text(entry.name), text(entry.instagram), text(entry.sex), date(entry.birthDate), text(ageOf(meet, entry)),
    text(entry.country), text(entry.state), text(entry.equipment), category.division, entry.lot ? text(entry.lot) : "",
    weight(entry.bodyweightKg ?? 0), showClass(category.weightClass, meet.inKg !== false),
    ...LIFTS.flatMap((lift) => lifted.includes(lift)
      ? [...ATTEMPTS.map((attempt) => {
        const { kg, result } = attemptOf(entry, lift, attempt);
        return result === "open" ? "" : weight(result === "good" ? kg : -kg);
      }), weight(bestKg(entry, lift))]
      : ["", "", "", "", "", ""]),
    weight(row.totalKg), row.points === 0 ? "" : digits(row.points, 2), category.event, text(entry.team),
  ];
}

function withoutEmptyColumns(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const [names, ...values] = rows;
  const kept = (names ?? []).map((_, at) => values.some((row) => row[at] !== ""));
  // Without any rows the names say at least what there would be.
  return values.length === 0 ? rows : rows.map((row) => row.filter((_, at) => kept[at]));
}

function line(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
}

function text(value: string | number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** Dates stay as they were entered; what is none is left out. */
function date(value: string | null | undefined): string {
  return value !== null && value !== undefined && isDate(value) ? value : "";
}
