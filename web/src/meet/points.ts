/**
 * Points: what a total is worth beside others of another body weight, by the formulas that OpenLifter names. Mx is counted
 * as M, as OpenPowerlifting does.
 */
import { ageCoefficient } from "./age.ts";
import { reshel } from "./reshel.ts";

/** What points are of. */
export interface Performance {
  readonly sex: string;
  readonly equipment: string;
  readonly event: string;
  readonly bodyweightKg: number;
  readonly totalKg: number;
  /** Where points are adjusted for age; `null` where they are not. */
  readonly age: number | null;
}

type Formula = (given: Performance, female: boolean) => number;

const FORMULAS: Readonly<Record<string, Formula>> = {
  Dots: ({ bodyweightKg, totalKg }, female) => totalKg * dots(bodyweightKg, female),
  "IPF GL Points": goodLift,
  "IPF Points": ipf,
  Wilks: ({ bodyweightKg, totalKg }, female) => totalKg * wilks(bodyweightKg, female),
  Wilks2020: ({ bodyweightKg, totalKg }, female) => totalKg * wilks2020(bodyweightKg, female),
  Glossbrenner: ({ bodyweightKg, totalKg }, female) => totalKg * glossbrenner(bodyweightKg, female),
  "Schwartz/Malone": ({ bodyweightKg, totalKg }, female) => totalKg * (female ? malone(bodyweightKg) : schwartz(bodyweightKg)),
  "NASA Points": nasa,
  AH: ({ bodyweightKg, totalKg }, female) => totalKg * haleczko(bodyweightKg, female),
  Reshel: ({ bodyweightKg, totalKg }, female) => totalKg * reshel(bodyweightKg, female),
  "Bodyweight Multiple": ({ bodyweightKg, totalKg }) => totalKg / bodyweightKg,
  Total: ({ totalKg }) => totalKg,
};

/** The formulas there are, by the names that meets know them by. */
export const FORMULA_NAMES: readonly string[] = Object.keys(FORMULAS);

/** Points of a performance; 0 where the formula is not known or has none for it. */
export function points(formula: string, given: Performance): number {
  const of = Object.hasOwn(FORMULAS, formula) ? FORMULAS[formula] : undefined;
  if (of === undefined || !(given.totalKg > 0) || (!(given.bodyweightKg > 0) && formula !== "Total")) return 0;
  if (!["F", "M", "Mx"].includes(given.sex)) return 0;
  const value = of(given, given.sex === "F");
  return Number.isFinite(value) && value > 0 ? value * ageCoefficient(given.age) : 0;
}

/** Tim Konertz, "Dots", BVDK 2019. Body weights beyond 40 to 210 kg, for women 150 kg, count as those. */
function dots(bodyweightKg: number, female: boolean): number {
  const x = within(bodyweightKg, 40, female ? 150 : 210);
  return 500 / (female
    ? polynomial(x, [-57.96288, 13.6175032, -0.1126655495, 0.0005158568, -0.0000010706])
    : polynomial(x, [-307.75076, 24.0900756, -0.1918759221, 0.0007391293, -0.000001093]));
}

/** Robert Wilks, Powerlifting Australia 1995, in use with the IPF until 2018. Bounds keep it clear of where it has none. */
function wilks(bodyweightKg: number, female: boolean): number {
  return 500 / (female
    ? polynomial(within(bodyweightKg, 26.51, 150.95), [594.31747775582, -27.23842536447, 0.82112226871, -0.00930733913, 4.731582e-5, -9.054e-8])
    : polynomial(within(bodyweightKg, 40, 201.9), [-216.0475144, 16.2606339, -0.002388645, -0.00113732, 7.01863e-6, -1.291e-8]));
}

/** Robert Wilks, Powerlifting Australia, March 2020; its tables go from 40 to 200.95 kg, for women to 150.95 kg. */
function wilks2020(bodyweightKg: number, female: boolean): number {
  return 600 / (female
    ? polynomial(within(bodyweightKg, 40, 150.95),
      [-125.4255398, 13.71219419, -0.03307250631, -0.001050400051, 9.38773881462799e-6, -2.3334613884954e-8])
    : polynomial(within(bodyweightKg, 40, 200.95),
      [47.46178854, 8.472061379, 0.07369410346, -0.001395833811, 7.07665973070743e-6, -1.20804336482315e-8]));
}

/** By sex, equipment and event: a, b, c of 100 / (a − b·e^(−c·x)). */
const GOOD_LIFT: Readonly<Record<string, readonly [number, number, number]>> = {
  "M classic SBD": [1199.72839, 1025.18162, 0.00921],
  "M classic B": [320.98041, 281.40258, 0.01008],
  "M equipped SBD": [1236.25115, 1449.21864, 0.01644],
  "M equipped B": [381.22073, 733.79378, 0.02398],
  "F classic SBD": [610.32796, 1045.59282, 0.03048],
  "F classic B": [142.40398, 442.52671, 0.04724],
  "F equipped SBD": [758.63878, 949.31382, 0.02435],
  "F equipped B": [221.82209, 357.00377, 0.02937],
};

/** IPF GL points, "IPF GL Coefficients 2020", for the three lifts and for the bench press alone. None below 35 kg. */
function goodLift(given: Performance, female: boolean): number {
  const found = GOOD_LIFT[ipfCategory(given, female)];
  if (found === undefined || given.bodyweightKg < 35) return 0;
  const [a, b, c] = found;
  return (given.totalKg * 100) / (a - b * Math.exp(-c * given.bodyweightKg));
}

/** By sex, equipment and event: of the logarithm of the body weight, how the mean of totals rises, and how their deviation. */
const IPF: Readonly<Record<string, readonly [number, number, number, number]>> = {
  "M classic SBD": [310.67, 857.785, 53.216, 147.0835],
  "M classic B": [86.4745, 259.155, 17.5785, 53.122],
  "M equipped SBD": [387.265, 1121.28, 80.6324, 222.4896],
  "M equipped B": [133.94, 441.465, 35.3938, 113.0057],
  "F classic SBD": [125.1435, 228.03, 34.5246, 86.8301],
  "F classic B": [25.0485, 43.848, 6.7172, 13.952],
  "F equipped SBD": [176.58, 373.315, 48.4534, 110.0103],
  "F equipped B": [49.106, 124.209, 23.199, 67.4926],
};

/** IPF points, "IPF Formula", January 2019 to April 2020, for the same events as its successor. None below 40 kg. */
function ipf(given: Performance, female: boolean): number {
  const found = IPF[ipfCategory(given, female)];
  if (found === undefined || given.bodyweightKg < 40) return 0;
  const [mean, meanAtOne, deviation, deviationAtOne] = found;
  const x = Math.log(given.bodyweightKg);
  return 500 + (100 * (given.totalKg - (mean * x - meanAtOne))) / (deviation * x - deviationAtOne);
}

/** What the IPF tells apart, like `M classic SBD`. */
function ipfCategory({ equipment, event }: Performance, female: boolean): string {
  const gear = ["Single-ply", "Multi-ply", "Unlimited"].includes(equipment) ? "equipped" : "classic";
  return `${female ? "F" : "M"} ${gear} ${event}`;
}

/** Andrzej Haleczko, "AH formula", World Para Powerlifting; its tables go from 32 to 157 kg, for women from 28 to 112 kg. */
function haleczko(bodyweightKg: number, female: boolean): number {
  return female ? 2.7566 / Math.log10(within(bodyweightKg, 28, 112)) ** 1.8 : 3.2695 / Math.log10(within(bodyweightKg, 32, 157)) ** 1.95;
}

/**
 * Lyle Schwartz, for men: Powerlifting USA, volume 6, number 2 (1982), page 61. The last piece is by the tables, which the
 * formula printed there does not meet.
 */
function schwartz(bodyweightKg: number): number {
  const x = within(bodyweightKg, 40, 166);
  if (x <= 126) return polynomial(x, [6.31926, -0.262349, 0.51155e-2, -0.519738e-4, 0.267626e-6, -0.540132e-9, -0.728875e-13]);
  if (x <= 136) return 0.521 - 0.0012 * (x - 125);
  if (x <= 146) return 0.509 - 0.0011 * (x - 135);
  if (x <= 156) return 0.498 - 0.001 * (x - 145);
  return 0.4879 - 0.00088185 * (x - 155);
}

/** The Malone tables for women, by the curve that OpenPowerlifting fitted to them. */
function malone(bodyweightKg: number): number {
  return 106.011586323613 * Math.max(bodyweightKg, 29.24) ** -1.293027130579051 + 0.322935585328304;
}

/** Herb Glossbrenner: the mean of Schwartz or Malone and Wilks; for the heaviest the straight lines that the WPC's tables go on with. */
function glossbrenner(bodyweightKg: number, female: boolean): number {
  const x = bodyweightKg;
  if (female) return (malone(x) + (x < 106.3 ? wilks(x, true) : 0.852664892884785 - 0.000313738002024 * x)) / 2;
  return (schwartz(x) + (x < 153.05 ? wilks(x, false) : 0.676940740094416 - 0.000821668402557 * x)) / 2;
}

/** The coefficients of the Natural Athlete Strength Association, by the line that OpenPowerlifting fitted to its table. */
function nasa({ bodyweightKg, totalKg }: Performance): number {
  return bodyweightKg < 30 ? 0 : (totalKg / bodyweightKg) * (0.00620912 * bodyweightKg + 0.565697);
}

/** Horner's rule; coefficients from the constant on. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
