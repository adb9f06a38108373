/**
 * Results: who competes with whom, and who placed where. Entries compete in a division, class, equipment, event and sex;
 * the larger total is first, on a tie the lower body weight, and who is even in both shares the place.
 */
import { bestKg, hasLifted, liftsOf, mayTotal, subtotalKg, totalKg } from "./attempts.ts";
import { ageOf, classOfEntry } from "./classes.ts";
import { points } from "./points.ts";
import { EQUIPMENT, EVENTS, SEXES, eventsOf } from "./types.ts";
import type { MeetEntry, MeetLeaves, MeetTree } from "./types.ts";

/** Those who compete with each other. */
export interface Category {
  readonly sex: string;
  readonly event: string;
  /** Equipment that is placed together, like `Sleeves` or, where a meet combines them, `Sleeves and Wraps`. */
  readonly equipment: string;
  readonly division: string;
  /** As `classOf` names it. */
  readonly weightClass: string;
}

/** `G`: a guest. `NS`: did not lift. `DQ`: has no total. */
export type PlaceWord = number | "G" | "NS" | "DQ";

/** One entry in one category. */
export interface Placed {
  readonly entry: MeetEntry;
  readonly place: PlaceWord;
  /** 0 where there is none. */
  readonly totalKg: number;
  /** By the meet's formula; 0 where there are none. */
  readonly points: number;
}

/** A category and its entries: by place, then guests, disqualified, and those who did not lift. */
export interface CategoryResult {
  readonly category: Category;
  readonly placed: readonly Placed[];
}

/** The results of a meet as they are now, as if nobody lifted any more. */
export function results(tree: MeetTree): readonly CategoryResult[] {
  return ranked(tree, countedTotalKg);
}

/** How a meet stands: who may still total counts with the lifts made so far. The same as `results` when all is lifted. */
export function standings(tree: MeetTree): readonly CategoryResult[] {
  return ranked(tree, (meet, entry, event) => (mayTotal(entry, event) ? subtotalKg(entry, event) : countedTotalKg(meet, entry, event)));
}

/** What an entry counts with in an event. */
type Counted = (meet: MeetLeaves, entry: MeetEntry, event: string) => number;

function ranked(tree: MeetTree, counted: Counted): readonly CategoryResult[] {
  const groups = new Map<string, { category: Category; entries: MeetEntry[] }>();
  for (const entry of tree.entries) {
    for (const category of categoriesOf(tree.meet, entry)) {
      const key = Object.values(category).join("\n");
      const group = groups.get(key) ?? { category, entries: [] };
      group.entries.push(entry);
      groups.set(key, group);
    }
  }
  const all = [...groups.values()].map(({ category, entries }) => ({ category, placed: placed(tree.meet, category, entries, counted) }));
  return inOrderOf(tree.meet, all);
}

/** The categories of an entry: one for each of its divisions and events. */
export function categoriesOf(meet: MeetLeaves, entry: MeetEntry): readonly Category[] {
  const divisions = new Set(entry.divisions?.length ? entry.divisions : [""]);
  const sex = entry.sex ?? "";
  const equipment = equipmentClass(meet, entry.equipment ?? "");
  const weightClass = classOfEntry(meet, entry);
  return [...divisions].flatMap((division) =>
    [...new Set(eventsOf(entry))].map((event) => ({ sex, event, equipment, division, weightClass })));
}

/** What equipment is placed with. */
export function equipmentClass(meet: MeetLeaves, equipment: string): string {
  if (meet.combineSleevesAndWraps === true && (equipment === "Sleeves" || equipment === "Wraps")) return "Sleeves and Wraps";
  if (meet.combineSingleAndMulti === true && (equipment === "Single-ply" || equipment === "Multi-ply")) return "Single- and Multi-ply";
  return equipment;
}

/** A total as the meet counts it: where it rounds down, in whole steps of 2.5 kg. */
export function countedTotalKg(meet: MeetLeaves, entry: MeetEntry, event: string): number {
  const total = totalKg(entry, event);
  // The nudge keeps a total that is whole steps but for what adding floats loses.
  return meet.roundTotalsDown === true ? Math.floor(total / 2.5 + 1e-9) * 2.5 : total;
}

/** The points of a total by the meet's formula, with its age coefficients; 0 where the formula has none. */
export function pointsOf(meet: MeetLeaves, entry: MeetEntry, event: string, kg: number): number {
  return points(meet.formula ?? "", {
    sex: entry.sex ?? "",
    equipment: entry.equipment ?? "",
    event,
    bodyweightKg: entry.bodyweightKg ?? 0,
    totalKg: kg,
    age: meet.ageCoefficients === "FosterMcCulloch" ? ageOf(meet, entry) : null,
  });
}

/** The place of an entry in one category's results, as it stands now; `null` if it is in none. */
export function placeIn(all: readonly CategoryResult[], entry: MeetEntry): PlaceWord | null {
  for (const { placed: rows } of all) {
    const row = rows.find((one) => one.entry.id === entry.id);
    if (row !== undefined) return row.place;
  }
  return null;
}

/** Entries with points in an event, the most first: what the award for the best lifter goes by. */
export function bestLifters(tree: MeetTree, event: string): readonly Placed[] {
  return tree.entries
    .filter((entry) => eventsOf(entry).includes(event) && entry.guest !== true)
    .map((entry) => row(tree.meet, event, entry, countedTotalKg))
    .filter((one) => one.points > 0)
    .toSorted((a, b) => b.points - a.points || weight(a.entry) - weight(b.entry))
    .map((one, at) => ({ ...one, place: at + 1 }));
}

function placed(meet: MeetLeaves, { event }: Category, entries: readonly MeetEntry[], counted: Counted): readonly Placed[] {
  const rows = entries.map((entry) => row(meet, event, entry, counted)).toSorted(
    (a, b) => rankOf(a.place) - rankOf(b.place) || b.totalKg - a.totalKg || weight(a.entry) - weight(b.entry));
  let place = 0;
  let before: Placed | undefined;
  return rows.map((one, at) => {
    if (typeof one.place !== "number") return one;
    if (before === undefined || before.totalKg !== one.totalKg || weight(before.entry) !== weight(one.entry)) place = at + 1;
    before = one;
    return { ...one, place };
  });
}

/** A row whose place, if it has one, is still to be found. */
function row(meet: MeetLeaves, event: string, entry: MeetEntry, counted: Counted): Placed {
  const total = counted(meet, entry, event);
  const place = !lifted(entry, event) ? "NS" : entry.guest === true ? "G" : total === 0 ? "DQ" : 0;
  return { entry, place, totalKg: total, points: total === 0 ? 0 : pointsOf(meet, entry, event, total) };
}

/** Who lifted at all is disqualified, not absent, in an event that it did not get to. */
function lifted(entry: MeetEntry, event: string): boolean {
  return hasLifted(entry) || liftsOf(event).some((lift) => bestKg(entry, lift) > 0);
}

function rankOf(place: PlaceWord): number {
  return typeof place === "number" ? 0 : ["G", "DQ", "NS"].indexOf(place) + 1;
}

function weight(entry: MeetEntry): number {
  return entry.bodyweightKg || Infinity;
}

/** Puts categories into the order of the meet, by what is found out once of each. */
function inOrderOf<T extends { readonly category: Category }>(meet: MeetLeaves, all: readonly T[]): readonly T[] {
  const divisions = meet.divisions ?? [];
  const equipment = EQUIPMENT.flatMap((name) => [name, equipmentClass(meet, name)]);
  const keyed = all.map((one) => {
    const { sex, event, equipment: gear, division, weightClass } = one.category;
    return { one, division, ranks: [place(SEXES, sex), place(EVENTS, event), place(equipment, gear), place(divisions, division), classRank(weightClass)] };
  });
  keyed.sort((a, b) => {
    const at = a.ranks.findIndex((rank, index) => rank !== b.ranks[index]);
    const named = a.division < b.division ? -1 : a.division > b.division ? 1 : 0;
    // Divisions that the meet does not list go by their names, before their classes do.
    return at === -1 || (at === 4 && named !== 0) ? named : a.ranks[at]! - b.ranks[at]!;
  });
  return keyed.map(({ one }) => one);
}

/** What a list does not have comes after what it has. */
function place(list: readonly string[], name: string): number {
  const at = list.indexOf(name);
  return at === -1 ? list.length : at;
}

function classRank(name: string): number {
  if (name === "") return Number.MAX_VALUE;
  return Number.parseFloat(name) + (name.endsWith("+") ? 0.001 : 0);
}
