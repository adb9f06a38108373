/** The order of lifting: the bar only rises in a round, lots break ties, and no turn is lost. */
import { expect, test } from "vitest";

import { attemptDue, attemptOf, groupOf, groupOnStage, liftingOrder } from "../../src/meet/index.ts";
import type { Group } from "../../src/meet/index.ts";
import { attempts, drawn, entry, tree } from "./made.ts";

const GROUP: Group = { day: 1, platform: 1, flight: "A", lift: "squat" };
const ids = (list: readonly { readonly id: number }[]) => list.map(({ id }) => id);

test("lighter weights are lifted first, then lower lots, and who declared nothing is last", () => {
  const entries = [
    entry(1, attempts("squat", 0)),
    entry(2, { lot: 9, ...attempts("squat", "100") }),
    entry(3, { lot: 2, ...attempts("squat", "100") }),
    entry(4, attempts("squat", "97.5")),
    entry(5, { lot: 0, ...attempts("squat", "100") }),
  ];
  const order = liftingOrder(entries, GROUP, [1, 2, 3]);
  expect(order.attempt).toBe(1);
  expect(ids(order.entries)).toEqual([4, 3, 2, 5, 1]);
  expect(ids(order.turns.map((turn) => turn.entry))).toEqual([4, 3, 2, 5]);
});

test("a round is finished before the next one begins, whatever the weights", () => {
  const entries = [entry(1, attempts("squat", 100, "102.5")), entry(2, attempts("squat", "140")), entry(3, attempts("squat", -90, "90"))];
  const order = liftingOrder(entries, GROUP, [1, 2, 3]);
  expect(order.turns.map((turn) => [turn.entry.id, turn.attempt])).toEqual([[2, 1], [3, 2], [1, 2]]);
});

test("when nothing is open the last round stays in sight", () => {
  const entries = [entry(1, attempts("squat", 100, 110, -120)), entry(2, attempts("squat", 90, 95, 100))];
  const order = liftingOrder(entries, GROUP, [1, 2, 3]);
  expect(order).toMatchObject({ attempt: null, turns: [] });
  expect(ids(order.entries)).toEqual([2, 1]);
});

test("a fourth attempt is lifted where the meet has fourth ones", () => {
  const entries = [entry(1, attempts("squat", 100, 110, 120, "125"))];
  expect(liftingOrder(entries, GROUP, [1, 2, 3]).turns).toEqual([]);
  expect(liftingOrder(entries, GROUP, [1, 2, 3, 4]).attempt).toBe(4);
});

test("a group is a flight on its day and platform, and only who lifts the lift", () => {
  const entries = [entry(1), entry(2, { day: 2 }), entry(3, { platform: 2 }), entry(4, { flight: "B" }), entry(5, { events: ["B"] }), entry(6, { events: ["B", "SBD"] })];
  expect(ids(groupOf(entries, GROUP))).toEqual([1, 6]);
  expect(ids(groupOf(entries, { ...GROUP, lift: "bench" }))).toEqual([1, 5, 6]);
});

test("what a display sees of a stage names the group of who is lifting", () => {
  const entries = [entry(1), entry(2, { day: 2, platform: 2 })];
  const stage = { flight: "A", lift: "bench", attempt: 1, lifter: 2 } as const;
  expect(groupOnStage({ ...tree(entries), live: { 1: stage } }, 1)).toEqual({ day: 2, platform: 2, flight: "A", lift: "bench" });
  expect(groupOnStage({ ...tree(entries), live: { 2: { ...stage, lifter: null } } }, 2)).toEqual({ day: 2, platform: 2, flight: "A", lift: "bench" });
  expect(groupOnStage({ ...tree(entries), live: { 1: { ...stage, lift: null } } }, 1)).toBeNull();
  expect(groupOnStage(tree(entries), 1)).toBeNull();
});

test("in any meet each declared open attempt has one turn, and the bar rises", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const { entries } = drawn(seed);
    const order = liftingOrder(entries, GROUP, [1, 2, 3]);
    const group = groupOf(entries, GROUP);
    expect(ids(order.entries).toSorted()).toEqual(ids(group).toSorted());
    const open = group.flatMap((one) => ([1, 2, 3] as const).filter((at) => {
      const { kg, result } = attemptOf(one, "squat", at);
      return result === "open" && kg > 0;
    }).map((at) => `${one.id} ${at}`));
    expect(order.turns.map((turn) => `${turn.entry.id} ${turn.attempt}`).toSorted(), `seed ${seed}`).toEqual(open.toSorted());
    order.turns.slice(1).forEach((turn, at) => {
      const before = order.turns[at]!;
      const rising = turn.attempt > before.attempt || (turn.attempt === before.attempt &&
        attemptOf(turn.entry, "squat", turn.attempt).kg >= attemptOf(before.entry, "squat", before.attempt).kg);
      expect(rising, `seed ${seed}`).toBe(true);
    });
  }
});

test("the attempt that is due is the first that was not made", () => {
  expect(attemptDue(entry(1), "squat", [1, 2, 3])).toBe(1);
  expect(attemptDue(entry(1, attempts("squat", -100, "100")), "squat", [1, 2, 3])).toBe(2);
  expect(attemptDue(entry(1, attempts("squat", 1, 2, 3)), "squat", [1, 2, 3])).toBeNull();
});
