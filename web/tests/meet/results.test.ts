/** Results: who competes with whom, who is first, and why. */
import { expect, test } from "vitest";

import { bestKg, bestLifters, classOf, countedTotalKg, ifGood, results, showClass, standings, totalKg } from "../../src/meet/index.ts";
import type { MeetEntry, MeetTree } from "../../src/meet/index.ts";
import { attempts, drawn, entry, tree } from "./made.ts";

const lifts = (squat: number, bench: number, deadlift: number) =>
  ({ ...attempts("squat", squat), ...attempts("bench", bench), ...attempts("deadlift", deadlift) });
const places = (of: MeetTree) => results(of).map(({ placed }) => placed.map(({ entry: { id }, place }) => [id, place]));

test("the larger total is first, then the lower body weight, and who is even shares the place", () => {
  const entries = [
    entry(1, { bodyweightKg: 82, ...lifts(100, 60, 120) }),
    entry(2, { bodyweightKg: 80, ...lifts(100, 60, 120) }),
    entry(3, { bodyweightKg: 81, ...lifts(100, 60, 122.5) }),
    entry(4, { bodyweightKg: 82, ...lifts(90, 70, 120) }),
    entry(5, { bodyweightKg: 75, ...lifts(90, 60, 100) }),
  ];
  expect(places(tree(entries))).toEqual([[[3, 1], [2, 2], [1, 3], [4, 3], [5, 5]]]);
});

test("guests, the disqualified and the absent have letters, after all places", () => {
  const entries = [
    entry(1, { bodyweightKg: 80, ...attempts("squat", -100, -100, -100), ...attempts("bench", 60) }),
    entry(2, { bodyweightKg: 80, guest: true, ...lifts(200, 100, 200) }),
    entry(3, { bodyweightKg: 80, ...lifts(100, 60, 120) }),
    entry(4, { bodyweightKg: 80, ...attempts("squat", "100") }),
    entry(5, { bodyweightKg: 80, guest: true }),
  ];
  expect(places(tree(entries))).toEqual([[[3, 1], [2, "G"], [1, "DQ"], [4, "NS"], [5, "NS"]]]);
});

test("an entry competes in each of its divisions and events, in the order of the meet's", () => {
  const one = entry(1, { divisions: ["Masters", "Open"], events: ["B", "SBD"], bodyweightKg: 80, ...lifts(100, 60, 120) });
  const all = results(tree([one], { divisions: ["Open", "Masters"] }));
  expect(all.map(({ category, placed }) => [category.event, category.division, placed[0]!.totalKg])).toEqual([
    ["SBD", "Open", 280], ["SBD", "Masters", 280], ["B", "Open", 60], ["B", "Masters", 60],
  ]);
});

test("equipment is placed together where the meet combines it", () => {
  const entries = ["Bare", "Sleeves", "Wraps", "Single-ply", "Multi-ply"].map((equipment, at) => entry(at, { equipment, ...lifts(100, 60, 120) }));
  const sizes = (meet: object) => results(tree(entries, meet)).map(({ category, placed }) => [category.equipment, placed.length]);
  expect(sizes({})).toEqual([["Bare", 1], ["Sleeves", 1], ["Wraps", 1], ["Single-ply", 1], ["Multi-ply", 1]]);
  expect(sizes({ combineSleevesAndWraps: true, combineSingleAndMulti: true }))
    .toEqual([["Bare", 1], ["Sleeves and Wraps", 2], ["Single- and Multi-ply", 2]]);
});

test("classes end at their limit, and begin above the last", () => {
  const limits = [75, 82.5, 90];
  expect([74.9, 75, 75.1, 82.5, 90, 90.05, 0, null].map((kg) => classOf(kg, limits))).toEqual(["75", "75", "82.5", "82.5", "90", "90+", "", ""]);
  expect(classOf(80, [])).toBe("");
  expect(["52", "67.5", "82.5", "100", "140+", ""].map((name) => showClass(name, false))).toEqual(["114", "148", "181", "220", "308+", ""]);
});

test("only the first three attempts count, and only good ones", () => {
  const one = entry(1, attempts("squat", 100, -110, 105, 150));
  expect(bestKg(one, "squat")).toBe(105);
  expect(totalKg(one, "SBD")).toBe(0);
  expect(totalKg(one, "S")).toBe(105);
  expect(bestKg(ifGood(one, "squat", 2), "squat")).toBe(110);
  expect(bestKg(one, "squat")).toBe(105);
});

test("a meet may round its totals down", () => {
  const one = entry(1, lifts(100.5, 60.5, 120));
  expect(countedTotalKg({}, one, "SBD")).toBe(281);
  expect(countedTotalKg({ roundTotalsDown: true }, one, "SBD")).toBe(280);
  expect(countedTotalKg({ roundTotalsDown: true }, entry(1, lifts(100, 60, 120)), "SBD")).toBe(280);
});

test("age counts where the meet says so, by the date of birth before the age entered", () => {
  const one = entry(1, { bodyweightKg: 90, birthDate: "1966-11-22", age: 20, ...lifts(200, 100, 200) });
  const total = (meet: object) => results(tree([one], { formula: "Total", date: "2026-11-21", ...meet }))[0]!.placed[0]!.points;
  expect(total({})).toBe(500);
  expect(total({ ageCoefficients: "None" })).toBe(500);
  expect(total({ ageCoefficients: "FosterMcCulloch" })).toBeCloseTo(500 * 1.315, 9);
});

test("in any meet all are placed once in each category, and nobody before somebody better", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const meet = drawn(seed);
    const all = results(meet);
    const rows = all.flatMap(({ placed }) => placed);
    const wanted = meet.entries.reduce((sum, one) => sum + new Set(one.divisions).size * new Set(one.events).size, 0);
    expect(rows, `seed ${seed}`).toHaveLength(wanted);
    for (const { category, placed } of all) {
      const ranked = placed.filter(({ place }) => typeof place === "number");
      for (const row of ranked) {
        const better = ranked.filter((other) => other.totalKg > row.totalKg ||
          (other.totalKg === row.totalKg && (other.entry.bodyweightKg || Infinity) < (row.entry.bodyweightKg || Infinity)));
        expect(row.place, `seed ${seed}`).toBe(better.length + 1);
        expect(row.totalKg).toBe(model(row.entry, category.event));
        expect(row.totalKg).toBeGreaterThan(0);
      }
    }
    const best = bestLifters(meet, "SBD");
    expect(best.map(({ points }) => points)).toEqual(best.map(({ points }) => points).toSorted((a, b) => b - a));
  }
});

/** A total by hand. */
function model(one: MeetEntry, event: string): number {
  const best = (lift: "squat" | "bench" | "deadlift") => Math.max(0, ...([1, 2, 3] as const).map((at) => {
    const made = one[`${lift}[${at}]`];
    return made?.result === "good" ? made.kg : 0;
  }));
  const parts = [event.includes("S") ? best("squat") : null, event.includes("B") ? best("bench") : null, event.includes("D") ? best("deadlift") : null];
  const counted = parts.filter((kg) => kg !== null);
  return counted.includes(0) ? 0 : counted.reduce((a, b) => a + b, 0);
}

test("while lifting goes on, what was lifted so far counts for who may still total", () => {
  const entries = [
    entry(1, { bodyweightKg: 80, ...attempts("squat", 100, "110") }),
    entry(2, { bodyweightKg: 80, ...attempts("squat", 105), ...attempts("bench", -60, -60, -60) }),
    entry(3, { bodyweightKg: 80, ...attempts("squat", 120) }),
    entry(4, { bodyweightKg: 80, ...lifts(90, 50, 100) }),
  ];
  const now = standings(tree(entries))[0]!.placed.map(({ entry: { id }, place, totalKg: kg }) => [id, place, kg]);
  expect(now).toEqual([[4, 1, 240], [3, 2, 120], [1, 3, 100], [2, "DQ", 0]]);
  expect(places(tree(entries))).toEqual([[[4, 1], [1, "DQ"], [2, "DQ"], [3, "DQ"]]]);
});
