/**
 * Greg Reshel's coefficients. They were published as tables alone, by quarters of a kilogram and to three places, from 50 kg
 * for men and from 40 kg for women (Global Powerlifting Committee, "Reshel Men", "Reshel Women"). Here they are straight
 * lines between some of the tables' rows, nowhere more than 0.001 beside what the tables say of men, and 0.0015 of women.
 * The GPC's own results go by straight lines between rows, too, and count who is beyond the ends as at the end.
 */

type Row = readonly [bodyweightKg: number, coefficient: number];

const MEN: readonly Row[] = [
  [50, 1.955], [51.25, 1.867], [52, 1.818], [54.5, 1.667], [57.75, 1.506], [60.5, 1.405], [63.5, 1.322], [67, 1.246],
  [68.5, 1.219], [73.5, 1.139], [76, 1.103], [80, 1.054], [82.25, 1.031], [85.75, 1], [91.75, 0.956], [95.25, 0.935],
  [103, 0.904], [111.25, 0.881], [116.75, 0.869], [125.25, 0.857], [147, 0.833], [164.25, 0.821], [180.75, 0.814],
];
const WOMEN: readonly Row[] = [
  [40, 3.145], [40.75, 3.03], [41, 2.985], [41.5, 2.915], [42.5, 2.786], [43.25, 2.706], [44.5, 2.584], [45, 2.545],
  [45.5, 2.5], [46, 2.463], [46.5, 2.421], [47, 2.387], [47.5, 2.347], [47.75, 2.331], [48.25, 2.296], [49.5, 2.212],
  [50.25, 2.174], [51.75, 2.092], [53.75, 1.992], [54, 1.984], [55, 1.942], [57, 1.869], [58.5, 1.821], [61, 1.757],
  [63, 1.715], [68.25, 1.627], [74.25, 1.552], [77.25, 1.521], [86.25, 1.443], [99.25, 1.366], [111.5, 1.321], [119.75, 1.306],
];

/** The coefficient of a body weight in kilograms. */
export function reshel(bodyweightKg: number, female: boolean): number {
  const rows = female ? WOMEN : MEN;
  const above = rows.findIndex(([kg]) => kg >= bodyweightKg);
  const [kg, coefficient] = rows.at(above)!;
  const [kgBefore, before] = rows[above - 1] ?? [kg, coefficient];
  return above <= 0 ? coefficient : before + ((coefficient - before) * (bodyweightKg - kgBefore)) / (kg - kgBefore);
}
