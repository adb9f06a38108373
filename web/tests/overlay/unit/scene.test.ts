/** What the views say of a meet: words, tiles, totals and places, and what happens where something is missing or odd. */
import { expect, test } from "vitest";

import type { MeetTree } from "../../../src/meet/types.ts";
import { barScene } from "../../../src/overlay/scene/bar.ts";
import { breakScene } from "../../../src/overlay/scene/break.ts";
import { lowerThird } from "../../../src/overlay/scene/lower-third.ts";
import { scoreboard } from "../../../src/overlay/scene/scoreboard.ts";
import { turnOn } from "../../../src/overlay/scene/shown.ts";
import type { Shown } from "../../../src/overlay/scene/shown.ts";
import { ordinal } from "../../../src/overlay/scene/words.ts";
import { changed, LEAVES, lifter, madeUp, onStage } from "../meet.ts";

const shown = (tree: MeetTree, finished = false): Shown => ({ tree, finished, turn: turnOn(tree, 1) });
const third = (tree: MeetTree) => lowerThird(shown(tree));
const tiles = (tree: MeetTree) => third(tree)?.tiles.map(({ text, state }) => `${text} ${state}`);

/** L14: the current lifter, attempt weights and results, next up. */
test("the lower third says who lifts what for which total, and who is next", () => {
  expect(third(madeUp())).toEqual({
    id: 5000,
    name: "Ingrid Solberg",
    origin: "Polar Strength Club",
    weightClass: "Women 63 kg",
    division: "Open",
    lift: "Deadlift",
    tiles: [
      { attempt: 1, text: "165", state: "good" },
      { attempt: 2, text: "175", state: "good" },
      { attempt: 3, text: "182.5", state: "current" },
    ],
    weight: { text: "182.5", unit: "kg", other: null },
    standing: { conditional: true, label: "Total", weight: { text: "417.5", unit: "kg", other: null }, place: "1st" },
    next: { id: 5001, name: "Amara Okafor", weight: { text: "185", unit: "kg", other: null } },
  });
});

test("once it is decided, total and place are as they are", () => {
  const good = changed(madeUp(), 5001, { "deadlift[3]": { kg: 210, result: "good" } });
  const words = third(onStage(good, { lifter: 5001, attempt: 3 }))!;
  expect(words.standing).toMatchObject({ conditional: false, label: "Total", weight: { text: "442.5" }, place: "1st" });
  expect(words.tiles.at(-1)).toEqual({ attempt: 3, text: "210", state: "good" });
  const failed = changed(madeUp(), 5001, { "deadlift[3]": { kg: 210, result: "no-lift" } });
  expect(third(onStage(failed, { lifter: 5001, attempt: 3 }))!.standing).toMatchObject({ conditional: false, weight: { text: "392.5" }, place: "2nd" });
});

test("before there is a total there is a subtotal, and of the first lift neither", () => {
  const tree = madeUp();
  const benching = lifter(5003, "Jo Li", { bodyweightKg: 46.8 }, "105+ 110+ 112.5+", "60+ 62.5+ 65+", "125");
  const words = third(onStage({ ...tree, entries: [benching] }, { lift: "bench", attempt: 3, lifter: 5003 }))!;
  expect(words.standing).toEqual({ conditional: false, label: "Subtotal", weight: { text: "177.5", unit: "kg", other: null }, place: null });
  const squat = onStage(tree, { flight: "B", lift: "squat", attempt: 1, lifter: 5100 });
  expect(third(squat)!.standing).toBeNull();
  expect(third(squat)!.next).toMatchObject({ name: "Tom Reyes" });
});

test("a guest has a total and no place, and who is out has no total", () => {
  expect(third(onStage(madeUp(), { lifter: 5006, attempt: 3 }))!.standing).toMatchObject({ place: null, weight: { text: "437.5" } });
  expect(third(onStage(madeUp(), { lifter: 5007, attempt: 3 }))!.standing).toMatchObject({ label: "Subtotal", place: null });
});

test("fourth attempts have a tile, and count for no total", () => {
  const tree = changed(madeUp(), 5005, { "deadlift[3]": { kg: 197.5, result: "good" }, "deadlift[4]": { kg: 205, result: "open" } });
  const fourth = onStage({ ...tree, meet: { ...LEAVES, allow4thAttempts: true } }, { lifter: 5005, attempt: 4 });
  expect(tiles(fourth)).toEqual(["180 good", "190 good", "197.5 good", "205 current"]);
  expect(third(fourth)!.standing).toMatchObject({ conditional: false, weight: { text: "467.5" } });
});

/** L19: pounds, from kilograms that are kept bit by bit. */
test("in pounds everything is in pounds, and both units where the meet wants them", () => {
  const tree = changed(madeUp(), 5000, { "deadlift[3]": { kg: 402.5 * 0.45359237, result: "open" } });
  const pounds = { ...tree, meet: { ...LEAVES, inKg: false, showAlternateUnits: true } };
  const words = third(pounds)!;
  expect(words.weight).toEqual({ text: "402.5", unit: "lb", other: "183 kg" });
  expect(words.weightClass).toBe("Women 138 lb");
  expect(scoreboard(shown(pounds), 1)!.unit).toBe("lb");
  expect(third({ ...tree, meet: { ...LEAVES, showAlternateUnits: true } })!.weight).toMatchObject({ unit: "kg", other: "403 lb" });
});

test("what is missing leaves no holes", () => {
  const bare: MeetTree = { meet: {}, entries: [{ id: 17 }], deleted: [], live: { 1: { flight: "A", lift: "squat", attempt: null, lifter: 17 } } };
  expect(third(bare)).toEqual({
    id: 17, name: "No. 17", origin: "", weightClass: "", division: "", lift: "Squat",
    tiles: [1, 2, 3].map((attempt) => ({ attempt, text: "–", state: attempt === 1 ? "current" : "empty" })),
    weight: null, standing: null, next: null,
  });
  expect(barScene(shown(bare), 1)).toBeNull();
  expect(scoreboard(shown(bare), 1)!.rows).toMatchObject([{ name: "No. 17", place: "", total: "", turn: "now" }]);
  expect(breakScene(shown(bare), 1)).toEqual({ title: "", about: "", next: null, over: false });
  const nulls = changed(madeUp(), 5000, { name: null, team: null, country: null, state: null, sex: null, bodyweightKg: null, divisions: null, lot: 4 });
  expect(third(nulls)).toMatchObject({ name: "Lot 4", origin: "", weightClass: "", division: "" });
  expect(third(changed(madeUp(), 5000, { bodyweightKg: null, intendedWeightClassKg: "63" }))).toMatchObject({ weightClass: "Women 63 kg" });
});

test("without anything on the stage, without a meet and after it nothing is shown", () => {
  const empty: MeetTree = { meet: {}, entries: [], deleted: [], live: {} };
  for (const tree of [empty, onStage(madeUp(), { lifter: null }), onStage(madeUp(), { lifter: 99 }), onStage(madeUp(), { lift: null })]) {
    expect([third(tree), barScene(shown(tree), 1)]).toEqual([null, null]);
  }
  expect(scoreboard(shown(empty), 1)).toBeNull();
  expect(lowerThird(shown(madeUp(), true))).toBeNull();
  expect(barScene(shown(madeUp(), true), 1)).toBeNull();
  expect(third({ ...madeUp(), live: { 2: madeUp().live[1]! } })).toBeNull();
});

test("the bar has the meet's own plates, the heaviest inside", () => {
  const bar = barScene(shown(madeUp()), 1)!;
  expect(bar.perSide).toBe("25 × 3, 2.5, 1.25");
  expect(bar.plates.map(({ text, color }) => `${text} ${color}`)).toEqual(
    ["25 #d9252a", "25 #d9252a", "25 #d9252a", "2.5 #2b2d31", "1.25 #b9bec6"]);
  expect(bar.plates[0]!.size).toBe(1);
  expect(new Set(bar.plates.map(({ key }) => key)).size).toBe(5);
  const light = changed(madeUp(), 5000, { "deadlift[3]": { kg: 25, result: "open" } });
  expect(barScene(shown(light), 1)).toMatchObject({ perSide: "", plates: [] });
});

test("the scoreboard has the flight in the order of lifting", () => {
  const board = scoreboard(shown(madeUp()), 1)!;
  expect([board.title, board.subtitle, board.unit]).toEqual(["Northern Open", "Deadlift · Flight A", "kg"]);
  expect(board.lifts.map(({ lift, current }) => [lift, current])).toEqual([["squat", false], ["bench", false], ["deadlift", true]]);
  expect(board.rows.map(({ name, total, place, turn }) => `${name} ${total} ${place} ${turn}`)).toEqual([
    "Jo Li 315 1 null",
    "Lucía Romano 332.5 1 null",
    "Sofía Hernández 355 1 null",
    "Fiona MacLeod 392.5 3 null",
    "Ingrid Solberg 410 1 now",
    "Amara Okafor 392.5 2 next",
    "Marie-Claire Vandenberghe-Delacroix 425 1 null",
    "Petra Novák 427.5 G null",
    "Hanna Lindqvist 460 1 null",
    "Björk Jónsdóttir  DQ null",
  ]);
  const between = scoreboard(shown(onStage(madeUp(), { lift: null, lifter: null })), 1)!;
  expect([between.subtitle, between.rows.length]).toEqual(["Flight A", 10]);
});

test("who does not lift a lift has no tiles there", () => {
  const tree = madeUp();
  const presser = lifter(5200, "Bea Presser", { events: ["B"] }, "", "100+ 105+ 110");
  const rows = scoreboard(shown({ ...tree, entries: [...tree.entries, presser] }), 1)!.rows;
  expect(rows.some(({ id }) => id === 5200)).toBe(false);
  const bench = onStage({ ...tree, entries: [...tree.entries, presser] }, { lift: "bench", attempt: 3, lifter: 5200 });
  const row = scoreboard(shown(bench), 1)!.rows.find(({ id }) => id === 5200)!;
  expect(row.tiles.map(({ length }) => length)).toEqual([0, 3, 0]);
  expect(row.total).toBe("105");
});

test("the break slide says what comes next, and where the flight is through, which one after it", () => {
  const now = breakScene(shown(madeUp()), 1);
  expect([now.title, now.about, now.next?.what]).toEqual(["Northern Open", "Tromsø · 21 November 2026 · NPF", "Deadlift · Flight A"]);
  expect(now.next!.lifters.map(({ name }) => name)).toEqual(["Ingrid Solberg", "Amara Okafor", "Marie-Claire Vandenberghe-Delacroix"]);
  const squats = breakScene(shown(onStage(madeUp(), { lift: "squat", lifter: null, attempt: null })), 1);
  expect(squats.next).toMatchObject({ what: "Squat · Flight B", lifters: [{ name: "Tom Reyes" }, { name: "Anders Berg" }] });
  expect(breakScene(shown(madeUp(), true), 1)).toMatchObject({ next: null, over: true });
});

test("places have their endings", () => {
  expect([1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 112].map(ordinal).join(" ")).toBe(
    "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th 112th");
});
