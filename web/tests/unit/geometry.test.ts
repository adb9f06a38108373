/** Rows stand where arithmetic says, and a scaled scroll range still moves by rows. */
import { expect, test } from "vitest";

import * as geometry from "../../src/lib/geometry.ts";
import type { Extent } from "../../src/lib/geometry.ts";

const extent = (rows: number, viewport = 800): Extent => ({ board: geometry.boardHeight(rows), viewport });
const MILLION = 1_000_000;

test("every y below the podium belongs to exactly the row that is drawn there", () => {
  for (const rank of [4, 5, 100, 499_999, MILLION]) {
    const top = geometry.rowTop(rank);
    const bottom = top + geometry.rowHeight(rank);
    expect(geometry.rankAt(top, MILLION)).toBe(rank);
    expect(geometry.rankAt(bottom - 0.5, MILLION)).toBe(rank);
    expect(geometry.rowTop(rank + 1)).toBe(bottom);
  }
});

test("the first three stand side by side, and the fourth below them", () => {
  expect([1, 2, 3, 4].map(geometry.rowTop)).toEqual([0, 0, 0, geometry.PODIUM]);
  expect([1, 2, 3].map(geometry.podiumColumn)).toEqual([1, 0, 2]);
  expect([0, 1, 2, 3, 4].map(geometry.boardHeight)).toEqual([0, 200, 200, 200, 244]);
  expect(geometry.ranksIn(50, 100, 40)).toEqual({ from: 1, to: 3 });
  expect(geometry.ranksIn(0, 800, 2)).toEqual({ from: 1, to: 2 });
  expect(geometry.wholeIn(0, 100, 40)).toEqual({ from: 1, to: 0 });
});

test("ranks in sight are those that a walk over all rows finds", () => {
  const rows = 60;
  const bottom = (rank: number) => geometry.rowTop(rank) + geometry.rowHeight(rank);
  for (let offset = 0; offset <= geometry.maxOffset(extent(rows)); offset += 7) {
    const all = Array.from({ length: rows }, (_, at) => at + 1);
    const seen = all.filter((rank) => bottom(rank) > offset && geometry.rowTop(rank) < offset + 800);
    const whole = all.filter((rank) => geometry.rowTop(rank) >= offset && bottom(rank) <= offset + 800);
    expect(geometry.ranksIn(offset, 800, rows)).toEqual({ from: seen[0], to: seen.at(-1) });
    expect(geometry.wholeIn(offset, 800, rows)).toEqual({ from: whole[0], to: whole.at(-1) });
  }
});

test("nothing is in sight of an empty board or in no viewport", () => {
  expect(geometry.ranksIn(0, 800, 0)).toEqual({ from: 1, to: 0 });
  expect(geometry.ranksIn(0, 0, 100)).toEqual({ from: 1, to: 0 });
});

/** E13: hundreds of thousands of rows stay within what a browser can scroll. */
test("the range ends where browsers do, and both ends are reached", () => {
  const whole = extent(MILLION);
  expect(geometry.isScaled(whole)).toBe(true);
  expect(geometry.scrollHeight(whole)).toBeLessThanOrEqual(geometry.MAX_RANGE);
  const range = geometry.scrollHeight(whole) - whole.viewport;
  expect(geometry.toOffset(0, whole)).toBe(0);
  expect(geometry.rankAt(geometry.toOffset(range, whole) + 799, MILLION)).toBe(MILLION);
  for (const offset of [0, 1, 44, 12_345_678, geometry.maxOffset(whole)]) {
    expect(geometry.toOffset(geometry.toScrollTop(offset, whole), whole)).toBeCloseTo(offset, 3);
  }
});

test("a short scroll of a scaled range moves as many px as the hand did, a drag goes by share", () => {
  const whole = extent(MILLION);
  expect(geometry.scrolled(20_000_000, 3_636_000, 3_636_044, whole)).toBe(20_000_044);
  expect(geometry.scrolled(20_000_000, 3_636_000, 3_635_912, whole)).toBe(19_999_912);
  const range = geometry.scrollHeight(whole) - whole.viewport;
  expect(geometry.scrolled(0, 0, range / 2, whole)).toBeCloseTo(geometry.maxOffset(whole) / 2, 3);
  expect(geometry.scrolled(30, 30, 0, whole)).toBe(0);
});

test("without scaling the browser's position is the offset", () => {
  const small = extent(1000);
  expect(geometry.isScaled(small)).toBe(false);
  expect(geometry.scrolled(500, 500, 30_000, small)).toBe(30_000);
  expect(geometry.toScrollTop(30_000, small)).toBe(30_000);
});

/** E13: an address shows the same rank again. */
test("the rank named by a place leads back to it", () => {
  for (const rows of [40, 2000, MILLION]) {
    const here = extent(rows);
    for (const rank of [1, 2, 9, 10, 30, 500, 499_999, rows]) {
      if (rank > rows) continue;
      const offset = geometry.offsetFor(rank, here);
      const named = geometry.anchorRank(offset, here, rows);
      const again = named === null ? 0 : geometry.offsetFor(named, here);
      expect(Math.abs(again - offset)).toBeLessThanOrEqual(geometry.ROW);
      const inner = offset > 0 && offset < geometry.maxOffset(here);
      if (inner) expect(named).toBe(rank);
    }
  }
});

test("revealing moves only as far as needed", () => {
  const here = extent(1000);
  const none = { top: 0, bottom: 0 };
  expect(geometry.reveal(10, 0, none, here)).toBe(0);
  expect(geometry.reveal(100, 0, none, here)).toBe(geometry.rowTop(101) - 800);
  expect(geometry.reveal(100, 0, { top: 0, bottom: 52 }, here)).toBe(geometry.rowTop(101) - 748);
  expect(geometry.reveal(5, 10_000, { top: 52, bottom: 0 }, here)).toBe(geometry.rowTop(5) - 52);
});

/** E12: only what is in sight, and little more, is watched. */
test("the watched window holds the ranks in steps", () => {
  expect(geometry.windowFor({ from: 10, to: 30 }, 8, 1000)).toEqual({ from: 9, to: 32 });
  expect(geometry.windowFor({ from: 990, to: 1000 }, 8, 1000)).toEqual({ from: 985, to: 1000 });
  expect(geometry.windowFor({ from: 1, to: 0 }, 8, 0)).toEqual({ from: 1, to: 1 });
});

test("asking where rows stand takes no time, however many there are", () => {
  const begun = performance.now();
  for (let rows = MILLION; rows < MILLION + 20_000; rows++) geometry.ranksIn(22_000_000, 800, rows);
  expect(performance.now() - begun).toBeLessThan(500);
});
