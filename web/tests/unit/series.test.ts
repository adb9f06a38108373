/** Figures over time: each step has one, what is not known is a gap, and what is drawn of them. */
import { expect, test } from "vitest";

import { paths, scaleEnd, Series, summary } from "../../src/lib/series.ts";

test("each step keeps its last figure, and steps that were skipped are gaps", () => {
  const series = new Series(5, 1000);
  expect(series.values).toEqual([null, null, null, null, null]);
  series.note(10_000, 1);
  expect(series.note(10_900, 2)).toEqual([null, null, null, null, 2]);
  series.note(11_000, 3);
  expect(series.note(14_500, 4)).toEqual([2, 3, null, null, 4]);
  expect(series.note(14_600, null)).toEqual([2, 3, null, null, null]);
});

test("a clock that is set back loses nothing, and a long sleep leaves nothing but a gap", () => {
  const series = new Series(3, 1000);
  series.note(10_000, 1);
  series.note(11_000, 2);
  expect(series.note(5_000, 3)).toEqual([null, 1, 3]);
  expect(series.note(10_000_000, 4)).toEqual([null, null, 4]);
});

test("former figures are another array, as what draws compares them", () => {
  const series = new Series(3, 1000);
  const before = series.note(1_000, 1);
  series.note(2_000, 2);
  expect(before).toEqual([null, null, 1]);
});

test("scales end at round figures that hold all there is", () => {
  expect([0, 1, 1.2, 2, 4.9, 5, 60, 99, 101, 2_345].map((peak) => scaleEnd(peak))).toEqual([1, 1, 2, 2, 5, 5, 100, 100, 200, 5000]);
  expect(scaleEnd(0, 5)).toBe(5);
});

test("figures that are not known count for nothing", () => {
  expect(summary([null, null])).toBe(null);
  expect(summary([null, 0, 4])).toEqual({ peak: 4, mean: 2 });
});

test("a line breaks at a gap, and a lone figure can be seen", () => {
  expect(paths([0, 5, null, null, 10], 10, 100, 50)).toEqual({
    line: "M0 50L25 25M90 0L110 0",
    area: "M0 50L25 25L25 50L0 50ZM90 0L110 0L110 50L90 50Z",
  });
  expect(paths([null, null], 10, 100, 50)).toEqual({ line: "", area: "" });
});
