/** Points against what was published: federations' tables, and results as OpenPowerlifting lists them. */
import { expect, test } from "vitest";

import { FORMULA_NAMES, points } from "../../src/meet/index.ts";
import { ageCoefficient } from "../../src/meet/age.ts";

const raw = { sex: "M", equipment: "Sleeves", event: "SBD", age: null };
const coefficient = (formula: string, sex: string, bodyweightKg: number) => points(formula, { ...raw, sex, bodyweightKg, totalKg: 1 });

/** Powerlifting Australia, "Wilks Formula 2020", the tables for men and for women. */
test.each([
  ["M", 40, 1.3895], ["M", 60, 0.9968], ["M", 75, 0.8526], ["M", 90, 0.767], ["M", 100, 0.7294], ["M", 120, 0.6817],
  ["M", 140, 0.6546], ["M", 180, 0.6213], ["M", 200, 0.6123], ["F", 40, 1.8486], ["F", 45, 1.6523], ["F", 52, 1.4625],
  ["F", 60, 1.319], ["F", 75, 1.164], ["F", 90, 1.0846], ["F", 120, 1.0089], ["F", 150, 0.9635],
])("Wilks2020 of %s at %d kg is that of the tables", (sex, bodyweightKg, value) => {
  expect(Math.abs(coefficient("Wilks2020", sex, bodyweightKg) - value)).toBeLessThan(0.000051);
});

/** BVDK, "Technische Regeln" 2011: the table and its example of three bench pressers. */
test.each([[75, 0.7126], [90, 0.6384], [105, 0.5976]])("Wilks at %d kg is that of the table", (bodyweightKg, value) => {
  expect(Math.abs(coefficient("Wilks", "M", bodyweightKg) - value)).toBeLessThan(0.000051);
});

/** Wikipedia, "Wilks coefficient": 1,400 lb at 320 lb and 1,000 lb at 200 lb, in pounds; its converted body weights are rounded. */
test.each([[320, 1400, 778.26], [200, 1000, 635.8]])("Wilks at %d lb is that of the example", (bodyweight, total, value) => {
  const given = { ...raw, bodyweightKg: bodyweight * 0.45359237, totalKg: total };
  expect(Math.abs(points("Wilks", given) - value)).toBeLessThan(0.5);
});

/** OpenPowerlifting, British Classic Bench Press Championships 2025: 180 kg at a body weight of 100.7 kg. */
test.each([["Dots", 110.46], ["Wilks", 109.24], ["IPF GL Points", 82.19]])("%s of a bench press are those listed", (formula, value) => {
  const given = { sex: "M", equipment: "Sleeves", event: "B", bodyweightKg: 100.7, totalKg: 180, age: null };
  expect(points(formula, given)).toBeCloseTo(value, 2);
});

/** The official Schwartz tables, by pounds, one value for each piece of the formula. */
test.each([
  [94, 1.2124], [110, 0.9991], [162, 0.6753], [220, 0.5545], [288, 0.5142], [316, 0.4998], [337, 0.4901], [343, 0.4874], [348, 0.4854],
])("Schwartz at %d lb is that of the tables", (bodyweight, value) => {
  expect(coefficient("Schwartz/Malone", "M", bodyweight / 2.20462262).toFixed(4)).toBe(value.toFixed(4));
});

/** OpenPowerlifting's points of 500 kg at 74 kg, and of 500 kg at 60 kg. */
test("points of women are those that OpenPowerlifting lists", () => {
  expect(points("Schwartz/Malone", { ...raw, sex: "F", bodyweightKg: 74, totalKg: 500 })).toBeCloseTo(364.4, 1);
  expect(points("Glossbrenner", { ...raw, sex: "F", bodyweightKg: 60, totalKg: 500 })).toBeCloseTo(492.53, 1);
});

/** WPC, "How is the Best Lifter determined": the new Glossbrenner tables at 100 kg and at 75 kg. */
test.each([[100, 0.5813], [75, 0.68855]])("Glossbrenner at %d kg is that of the tables", (bodyweightKg, value) => {
  expect(Math.abs(coefficient("Glossbrenner", "M", bodyweightKg) - value)).toBeLessThan(0.00006);
});

/** OpenPowerlifting's NASA points of 500 kg at 90 kg. */
test("NASA points are those that OpenPowerlifting lists", () => {
  expect(points("NASA Points", { ...raw, bodyweightKg: 90, totalKg: 500 })).toBeCloseTo(6.25, 2);
});

/** World Para Powerlifting, "Appendix 2: AH (Haleczko) Formula", the tables for men and for women. */
test.each([
  ["M", 32, 1.472993], ["M", 60, 1.064247], ["M", 80, 0.932257], ["M", 100, 0.8462], ["M", 117, 0.79265], ["M", 144, 0.729355], ["M", 157, 0.70524],
  ["F", 28, 1.417245], ["F", 35, 1.261172], ["F", 48, 1.082031], ["F", 70, 0.915248], ["F", 89, 0.829003], ["F", 100, 0.791625], ["F", 112, 0.757731],
])("AH of %s at %d kg is that of the tables", (sex, bodyweightKg, value) => {
  expect(coefficient("AH", sex, bodyweightKg).toFixed(6)).toBe(value.toFixed(6));
});

/** IPF scoresheets of 2019: the classic worlds of Helsingborg, the bench press worlds of Tokyo, the juniors' worlds of Regina. */
test.each([
  ["M", "Sleeves", "SBD", 73.75, 790.5, 881.74], ["M", "Sleeves", "SBD", 191.5, 972.5, 649.18],
  ["F", "Sleeves", "SBD", 45.35, 378.5, 787.96], ["F", "Sleeves", "SBD", 83.05, 613, 937.97], ["F", "Sleeves", "SBD", 132, 640, 814.36],
  ["M", "Sleeves", "B", 65.96, 221, 1074.7402], ["M", "Sleeves", "B", 200.4, 300, 751.72],
  ["F", "Sleeves", "B", 51.1, 85, 743.0452], ["F", "Sleeves", "B", 136.7, 135, 791.72],
  ["M", "Single-ply", "SBD", 73.7, 760.5, 674.3054], ["M", "Single-ply", "SBD", 168.55, 760, 445.36],
  ["F", "Single-ply", "SBD", 63, 564, 726.7173], ["F", "Single-ply", "SBD", 116.27, 622.5, 629.55],
  ["M", "Single-ply", "B", 92.15, 316, 821.8978], ["M", "Single-ply", "B", 157.25, 307.5, 608.34],
  ["F", "Single-ply", "B", 113.46, 197.5, 711.4065], ["F", "Single-ply", "B", 46.65, 102.5, 675.5399],
])("IPF Points of %s, %s, %s at %d kg with %d kg are those of the scoresheet", (sex, equipment, event, bodyweightKg, totalKg, value) => {
  expect(Math.abs(points("IPF Points", { sex, equipment, event, bodyweightKg, totalKg, age: null }) - value)).toBeLessThan(0.0051);
});

/**
 * The GPC's results of its bench press worlds in Eger, 2013: body weight, weight lifted, Reshel points. Its coefficients are
 * rounded to 0.001, and the lines here keep to them within 0.001, for women 0.0015.
 */
test.each([
  ["M", 43.6, 140, 273.7], ["M", 54.7, 125, 207.17], ["M", 58.4, 90, 133.38], ["M", 65.5, 120, 153.48], ["M", 73, 150, 172.05],
  ["M", 75, 130, 145.21], ["M", 82.5, 160, 164.64], ["M", 87.3, 262.5, 259.29], ["M", 90, 200, 193.8], ["M", 97.5, 238, 220.15],
  ["M", 102.5, 330, 298.98], ["M", 108, 205, 182.45], ["M", 120.1, 315, 272.16], ["M", 139, 260, 218.66], ["M", 157.9, 230, 189.75],
  ["F", 58.5, 85, 154.87], ["F", 65.5, 90, 150.48], ["F", 66, 55, 91.52], ["F", 67.5, 52.5, 86.04], ["F", 72.5, 117.5, 184.94],
  ["F", 74, 92.5, 143.83], ["F", 85.7, 102.5, 148.31], ["F", 102, 135, 182.92], ["F", 111, 135, 178.6],
])("Reshel of %s at %d kg with %d kg is that of the results", (sex, bodyweightKg, totalKg, value) => {
  const own = points("Reshel", { ...raw, event: "B", sex, bodyweightKg, totalKg });
  expect(Math.abs(own - value)).toBeLessThan(totalKg * (0.0005 + (sex === "F" ? 0.0015 : 0.001)));
});

test("plain ones are what they say", () => {
  expect(points("Total", { ...raw, bodyweightKg: 0, totalKg: 500 })).toBe(500);
  expect(points("Bodyweight Multiple", { ...raw, bodyweightKg: 80, totalKg: 500 })).toBe(6.25);
});

/** USA Powerlifting, "Age Coefficients". */
test.each([
  [13, 1], [14, 1.23], [18, 1.06], [22, 1.01], [23, 1], [40, 1], [41, 1.01], [50, 1.13], [60, 1.34], [70, 1.645], [80, 2.05], [90, 2.549],
])("at %d years the coefficient is %d", (age, value) => {
  expect(ageCoefficient(age)).toBe(value);
  const given = { ...raw, bodyweightKg: 90, totalKg: 500 };
  expect(points("Dots", { ...given, age })).toBeCloseTo(points("Dots", given) * value, 9);
});

test("where a formula has none, there are no points", () => {
  const given = { ...raw, bodyweightKg: 90, totalKg: 500 };
  expect(points("Sinclair", given)).toBe(0);
  expect(points("IPF Points", { ...given, event: "SB" })).toBe(0);
  expect(points("IPF Points", { ...given, bodyweightKg: 39 })).toBe(0);
  expect(points("constructor", given)).toBe(0);
  expect(points("IPF GL Points", { ...given, event: "SB" })).toBe(0);
  expect(points("Dots", { ...given, bodyweightKg: 0 })).toBe(0);
  expect(points("Dots", { ...given, totalKg: 0 })).toBe(0);
  expect(points("Dots", { ...given, sex: "" })).toBe(0);
});

test("for the same body weight more is always worth more, and nothing is infinite", () => {
  for (const formula of FORMULA_NAMES) {
    for (const sex of ["F", "M", "Mx"]) {
      for (let bodyweightKg = 20; bodyweightKg <= 260; bodyweightKg += 2.35) {
        const less = points(formula, { ...raw, sex, bodyweightKg, totalKg: 400 });
        const more = points(formula, { ...raw, sex, bodyweightKg, totalKg: 402.5 });
        expect(Number.isFinite(more)).toBe(true);
        expect(more > less || (more === 0 && less === 0), `${formula} ${sex} ${bodyweightKg}`).toBe(true);
      }
    }
  }
});
