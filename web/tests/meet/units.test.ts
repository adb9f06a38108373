/** Kilograms, pounds and dates, as people type and read them. */
import { expect, test } from "vitest";

import { KG_PER_LB, ageOn, digits, isDate, readNumber, readWeight, showWeight, weightWords } from "../../src/meet/index.ts";
import { random } from "./made.ts";

test.each([["102.5", 102.5], [" 102,5 ", 102.5], [".5", 0.5], ["100.", 100], ["-3", -3]])("“%s” is %d", (text, value) => {
  expect(readNumber(text)).toBe(value);
});

test.each(["", "abc", "1.2.3", "1e3", "0x10", "1 000", "Infinity", "--1", "."])("“%s” is no number", (text) => {
  expect(readNumber(text)).toBeNull();
});

test("numbers are shown with no more digits than they need", () => {
  expect(digits(102.5, 2)).toBe("102.5");
  expect(digits(100, 2)).toBe("100");
  expect(digits(1.005, 2)).toBe("1.01");
  expect(digits(-2.345, 1)).toBe("-2.3");
  expect(digits(-0.001, 2)).toBe("0");
  expect(weightWords(100, true)).toBe("100 kg");
  expect(weightWords(100, true, true)).toBe("100 kg (220.5 lb)");
  expect(weightWords(500 * KG_PER_LB, false, true)).toBe("500 lb (226.8 kg)");
});

/** L19: what was typed in pounds is stored unrounded, and shown as it was typed. */
test("any weight typed is shown as it was typed", () => {
  const next = random(3);
  for (let run = 0; run < 2000; run += 1) {
    const typed = String(Math.round(next() * 120_000) / 100);
    for (const inKg of [true, false]) expect(showWeight(readWeight(typed, inKg)!, inKg)).toBe(typed);
  }
  expect(readWeight("225", false)).toBe(225 * 0.45359237);
  expect(readWeight("abc", true)).toBeNull();
});

/** L19: dates are those of the calendar, whatever the time zone. */
test("dates are those of the calendar", () => {
  for (const date of ["2026-11-21", "2024-02-29", "2000-02-29", "1999-12-31"]) expect(isDate(date)).toBe(true);
  for (const date of ["2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-1-1", "", "2026-11-21T00:00"]) expect(isDate(date)).toBe(false);
});

test("somebody is a year older on their birthday, not the day before", () => {
  expect(ageOn("2026-11-20", "2000-11-21")).toBe(25);
  expect(ageOn("2026-11-21", "2000-11-21")).toBe(26);
  expect(ageOn("2026-02-28", "2004-02-29")).toBe(21);
  expect(ageOn("2026-03-01", "2004-02-29")).toBe(22);
  expect(ageOn("2026-11-21", "2027-01-01")).toBeNull();
  expect(ageOn("2026-11-21", "")).toBeNull();
});
