/** The plates on the bar: the fewest that the meet has, and never a sum that is not what was asked for. */
import { expect, test } from "vitest";

import { KG_PER_LB, PLATES_LB, loadingOf, platesOf } from "../../src/meet/index.ts";
import type { Loading, MeetLeaves } from "../../src/meet/index.ts";
import { random } from "./made.ts";

const MEET: MeetLeaves = { squatBarAndCollarsWeightKg: 25, deadliftBarAndCollarsWeightKg: 25, benchBarAndCollarsWeightKg: 20 };
const side = ({ side: plates }: Loading) => plates.map(({ plate, count }) => [plate.kg, count]);
const sum = ({ side: plates, barKg }: Loading) => barKg + 2 * plates.reduce((all, { plate, count }) => all + plate.kg * count, 0);

test("the heaviest plates are inside", () => {
  expect(side(loadingOf(222.5, MEET, "squat"))).toEqual([[25, 3], [20, 1], [2.5, 1], [1.25, 1]]);
  expect(side(loadingOf(102.5, MEET, "bench"))).toEqual([[25, 1], [15, 1], [1.25, 1]]);
  expect(loadingOf(222.5, MEET, "squat").missingKg).toBe(0);
});

test("a bar alone has no plates, and less than the bar cannot be loaded", () => {
  expect(loadingOf(25, MEET, "squat")).toEqual({ side: [], barKg: 25, missingKg: 0 });
  expect(loadingOf(20, MEET, "squat")).toEqual({ side: [], barKg: 25, missingKg: -5 });
});

test("where the heaviest first do not come out even another way is taken", () => {
  const plates = [{ kg: 25, pairs: 1, color: "red" }, { kg: 20, pairs: 3, color: "blue" }];
  expect(side(loadingOf(145, { ...MEET, plates }, "squat"))).toEqual([[20, 3]]);
});

test("what the plates cannot make up is said", () => {
  const plates = [{ kg: 20, pairs: 2, color: "blue" }, { kg: 5, pairs: 1, color: "white" }];
  expect(loadingOf(131, { ...MEET, plates }, "squat")).toMatchObject({ missingKg: 16 });
  expect(loadingOf(76, { ...MEET, plates }, "squat")).toMatchObject({ missingKg: 1 });
});

/** L19: pounds are unrounded kilograms, and still come out even. */
test("a bar in pounds is loaded with plates in pounds", () => {
  const meet: MeetLeaves = { inKg: false, squatBarAndCollarsWeightKg: 45 * KG_PER_LB, plates: PLATES_LB };
  const loading = loadingOf(600 * KG_PER_LB, meet, "squat");
  expect(loading.missingKg).toBe(0);
  expect(loading.side.map(({ plate, count }) => [Math.round((plate.kg / KG_PER_LB) * 100) / 100, count])).toEqual([[45, 6], [5, 1], [2.5, 1]]);
});

test("any weight is made up exactly, or as far as greed goes, with plates there are", () => {
  const next = random(7);
  for (let run = 0; run < 150; run += 1) {
    const kinds = [25, 20, 15, 10, 5, 2.5, 1.25, 0.5, 0.25].filter(() => next() < 0.7);
    const meet = { ...MEET, plates: kinds.map((kg) => ({ kg, pairs: Math.floor(next() * 5), color: "red" })) };
    const kg = 25 + Math.floor(next() * 700) / 2;
    const loading = loadingOf(kg, meet, "squat");
    expect(sum(loading) + loading.missingKg).toBeCloseTo(kg, 9);
    expect(loading.missingKg).toBeGreaterThanOrEqual(0);
    for (const { plate, count } of loading.side) expect(count).toBeLessThanOrEqual(platesOf(meet).find((one) => one.kg === plate.kg)!.pairs);
    const reachable = sums(meet.plates).some((one) => Math.abs(one - (kg - 25) / 2) < 1e-9);
    expect(loading.missingKg === 0, `run ${run}`).toBe(reachable);
  }
});

/** All sums there are, as a naive model. */
function sums(plates: readonly { readonly kg: number; readonly pairs: number }[]): readonly number[] {
  let reached = new Set([0]);
  for (const { kg, pairs } of plates) {
    reached = new Set([...reached].flatMap((one) => Array.from({ length: pairs + 1 }, (_, count) => one + count * kg)));
  }
  return [...reached];
}
