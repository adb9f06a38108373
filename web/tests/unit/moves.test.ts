/** Which rows moved, how many may be shown doing so, and who rose lately. */
import { expect, test } from "vitest";

import { Calm, movers } from "../../src/lib/moves.ts";
import { Movement, SPAN } from "../../src/lib/movement.ts";

test("one row that overtakes ten is one mover", () => {
  expect([...movers([11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])]).toEqual([0]);
});

test("rows that only gave way did not move", () => {
  expect(movers([1, 2, 3]).size).toBe(0);
  expect(movers([2, 3, 4]).size).toBe(0);
  expect(movers([]).size).toBe(0);
});

test("the fewest that explain a new order are named", () => {
  // A small generator with a fixed start, so that a failure can be seen again.
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
  for (let round = 0; round < 200; round++) {
    const ranks = Array.from({ length: 7 }, (_, at) => at + 1).sort(() => random() - 0.5);
    const moved = movers(ranks);
    const stayed = ranks.filter((_, at) => !moved.has(at));
    expect(stayed).toEqual([...stayed].sort((a, b) => a - b));
    expect(stayed.length).toBe(longestAscending(ranks));
  }
});

function longestAscending(ranks: readonly number[]): number {
  let best = 0;
  for (let mask = 0; mask < 2 ** ranks.length; mask++) {
    const some = ranks.filter((_, at) => mask & (1 << at));
    if (some.every((rank, at) => at === 0 || some[at - 1]! < rank)) best = Math.max(best, some.length);
  }
  return best;
}

test("a busy board is not shown moving until it calms down", () => {
  const calm = new Calm();
  let shown = 0;
  for (let tick = 0; tick < 200; tick++) if (calm.mayGlide(1, 2, tick * 50)) shown += 1;
  expect(shown).toBeGreaterThan(5);
  expect(shown).toBeLessThan(30);
  expect(calm.mayGlide(1, 2, 11_000)).toBe(false);
  expect(calm.mayGlide(1, 2, 20_000)).toBe(true);
  expect(calm.mayGlide(1, 50, 60_000)).toBe(false);
});

test("two moves a second always glide", () => {
  const calm = new Calm();
  for (let at = 0; at < 100; at++) expect(calm.mayGlide(1, 3, at * 500)).toBe(true);
});

test("rows fade at most now and then", () => {
  const calm = new Calm();
  expect(calm.mayFade(0)).toBe(true);
  expect(calm.mayFade(100)).toBe(false);
  expect(calm.mayFade(2000)).toBe(true);
});

test("a rank is compared with that of half a minute to a minute ago", () => {
  const movement = new Movement();
  const at = (rank: number) => [{ entity: "a:1", rank }, null];
  movement.note(at(10), 0);
  expect(movement.of("a:1", 10)).toBe(0);
  movement.note(at(7), 1000);
  expect(movement.of("a:1", 7)).toBe(3);
  movement.note(at(8), SPAN);
  expect(movement.of("a:1", 8)).toBe(2);
  movement.note(at(8), 2 * SPAN);
  expect(movement.of("a:1", 8)).toBe(0);
  expect(movement.of("a:2", 5)).toBe(0);
});
