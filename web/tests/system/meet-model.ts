/**
 * A meet of 60 lifters as the test knows it, reckoned by nothing of what it tests: who lifts next, what comes of it, and the
 * results file in the end. All of it follows from the lifters' numbers.
 */

/** The lifts, as paths and the page name them. */
export const LIFTS = [["squat", "Squat"], ["bench", "Bench press"], ["deadlift", "Deadlift"]] as const;
export type Lift = (typeof LIFTS)[number][0];
export type Flight = "A" | "B";

export const CLASSES = { M: [74, 83, 93, 105], F: [57, 63, 72, 84] } as const;
export const LIFTERS = 60;

/** One lifter, and what was lifted so far. */
export interface Lifter {
  readonly number: number;
  readonly name: string;
  readonly sex: "M" | "F";
  bodyweightKg: number;
  readonly division: "Open" | "Masters";
  readonly lot: number;
  readonly flight: Flight;
  readonly attempts: Record<Lift, Array<{ kg: number; good: boolean | null }>>;
}

/** Everybody, with openers and nothing lifted. */
export function lifters(): Lifter[] {
  return Array.from({ length: LIFTERS }, (_, at): Lifter => {
    const number = at + 1;
    const sex = number % 2 === 1 ? "M" : "F";
    const strength = (sex === "M" ? 120 : 70) + 2.5 * ((number * 13) % 17);
    const opener = (part: number) => [{ kg: Math.round((strength * part) / 2.5) * 2.5, good: null }];
    return {
      number,
      name: `Lifter ${String(number).padStart(2, "0")}`,
      sex,
      bodyweightKg: (sex === "M" ? 66 : 50) + ((number * 19) % 41) + number / 100,
      division: number % 3 === 0 ? "Masters" : "Open",
      lot: ((number * 37) % 61),
      flight: number <= LIFTERS / 2 ? "A" : "B",
      attempts: { squat: opener(1), bench: opener(0.6), deadlift: opener(1.2) },
    };
  });
}

/** Who is to lift, and which attempt (1 to 3): rounds, in a round rising weights, then lots. */
export function turnOf(all: readonly Lifter[], flight: Flight, lift: Lift): { lifter: Lifter; attempt: number } | null {
  const open = all.filter((lifter) => lifter.flight === flight && lifter.attempts[lift].at(-1)!.good === null);
  open.sort((a, b) => {
    const [first, second] = [a.attempts[lift], b.attempts[lift]];
    return first.length - second.length || first.at(-1)!.kg - second.at(-1)!.kg || a.lot - b.lot;
  });
  const lifter = open[0];
  return lifter === undefined ? null : { lifter, attempt: lifter.attempts[lift].length };
}

/** Whether that attempt is good: three in four are. */
export function isGood({ number }: Lifter, lift: Lift, attempt: number): boolean {
  return (number * 31 + LIFTS.findIndex(([name]) => name === lift) * 17 + attempt * 7) % 4 !== 0;
}

/** Notes what came of a turn; gives the next weight, after the third none. */
export function lifted({ attempts }: Lifter, lift: Lift, good: boolean): number | null {
  const list = attempts[lift];
  const last = list.at(-1)!;
  last.good = good;
  if (list.length === 3) return null;
  const kg = good ? last.kg + 7.5 : last.kg;
  list.push({ kg, good: null });
  return kg;
}

/** A row of the results file, by the names of its columns. */
export type Row = Readonly<Record<string, string>>;

/** The rows that there must be, in no order. */
export function resultRows(all: readonly Lifter[]): Row[] {
  return all.map((lifter) => {
    const total = totalOf(lifter);
    const rivals = all.filter((other) => keyOf(other) === keyOf(lifter) && totalOf(other) > 0);
    const better = rivals.filter((other) => totalOf(other) > total || (totalOf(other) === total && other.bodyweightKg < lifter.bodyweightKg));
    const row: Record<string, string> = {
      Place: total === 0 ? "DQ" : String(better.length + 1),
      Name: lifter.name,
      Sex: lifter.sex,
      Equipment: "Sleeves",
      Division: lifter.division,
      Lot: lifter.lot === 0 ? "" : String(lifter.lot),
      BodyweightKg: decimal(lifter.bodyweightKg),
      WeightClassKg: classOf(lifter),
      TotalKg: total === 0 ? "" : decimal(total),
      Points: total === 0 ? "" : decimal(total * dots(lifter)),
      Event: "SBD",
    };
    for (const [lift] of LIFTS) {
      const column = lift[0]!.toUpperCase() + lift.slice(1);
      lifter.attempts[lift].forEach(({ kg, good }, at) => (row[`${column}${at + 1}Kg`] = decimal(good === true ? kg : -kg)));
      const best = bestOf(lifter, lift);
      row[`Best3${column}Kg`] = best === 0 ? "" : decimal(best);
    }
    return row;
  });
}

function bestOf({ attempts }: Lifter, lift: Lift): number {
  return Math.max(0, ...attempts[lift].filter(({ good }) => good === true).map(({ kg }) => kg));
}

function totalOf(lifter: Lifter): number {
  const bests = LIFTS.map(([lift]) => bestOf(lifter, lift));
  return bests.includes(0) ? 0 : bests.reduce((sum, kg) => sum + kg, 0);
}

function keyOf(lifter: Lifter): string {
  return [lifter.sex, lifter.division, classOf(lifter)].join(" ");
}

function classOf({ sex, bodyweightKg }: Lifter): string {
  const limits = CLASSES[sex];
  const limit = limits.find((kg) => bodyweightKg <= kg);
  return limit === undefined ? `${limits.at(-1)}+` : String(limit);
}

/** The published coefficients (BVDK, 2019), highest power first. */
function dots({ sex, bodyweightKg: x }: Lifter): number {
  const [a, b, c, d, e] = sex === "M"
    ? [-0.000001093, 0.0007391293, -0.1918759221, 24.0900756, -307.75076]
    : [-0.0000010706, 0.0005158568, -0.1126655495, 13.6175032, -57.96288];
  return 500 / (a! * x ** 4 + b! * x ** 3 + c! * x ** 2 + d! * x + e!);
}

/** At most two digits, as results are written. */
function decimal(value: number): string {
  return String(Math.round(value * 100 + Number.EPSILON) / 100);
}
