/**
 * The plates on a bar, from the meet's own plates and the weight of its bar and collars: the heaviest inside, as many of
 * them as there are, and another way where that one does not come out even.
 */
import type { Lift, MeetLeaves, Plate } from "./types.ts";
import { KG_PER_LB } from "./units.ts";

/** Plates of one kind on one side. */
export interface Loaded {
  readonly plate: Plate;
  readonly count: number;
}

/** What is on the bar. */
export interface Loading {
  /** One side, from the inside out. */
  readonly side: readonly Loaded[];
  /** Kilograms of the bar with its collars. */
  readonly barKg: number;
  /** What the plates there are cannot make up, of both sides together: 0 where it comes out even. */
  readonly missingKg: number;
}

/** Less than any plate, more than what adding up floats loses. */
const NOTHING = 1e-6;

/** The plates that meets in kilograms have, in the colours of the rules. */
export const PLATES_KG: readonly Plate[] = [
  [25, 8, "#d9252a"], [20, 1, "#1d5fc4"], [15, 1, "#f2c318"], [10, 1, "#23904a"], [5, 1, "#f4f4f2"],
  [2.5, 1, "#2b2d31"], [1.25, 1, "#b9bec6"], [0.5, 1, "#b9bec6"], [0.25, 1, "#b9bec6"],
].map(([kg, pairs, color]) => ({ kg, pairs, color }) as Plate);

/** The plates that meets in pounds have. */
export const PLATES_LB: readonly Plate[] = [
  [100, 0, "#2b2d31"], [45, 8, "#1d5fc4"], [35, 1, "#f2c318"], [25, 1, "#23904a"], [10, 2, "#f4f4f2"], [5, 1, "#2b2d31"],
  [2.5, 1, "#b9bec6"], [1.25, 1, "#b9bec6"],
].map(([lb, pairs, color]) => ({ kg: (lb as number) * KG_PER_LB, pairs, color }) as Plate);

/** What is set of a meet's bar for a lift; 20 kg where nothing is. */
export function barKgOf(meet: MeetLeaves, lift: Lift): number {
  return meet[`${lift}BarAndCollarsWeightKg`] ?? 20;
}

/** The plates of a meet, the heaviest first; the usual ones where none are set. */
export function platesOf(meet: MeetLeaves): readonly Plate[] {
  const plates = meet.plates ?? (meet.inKg === false ? PLATES_LB : PLATES_KG);
  return plates.filter(({ kg, pairs }) => kg > 0 && pairs > 0).toSorted((a, b) => b.kg - a.kg);
}

/** What to put on a bar. */
export function loadingOf(kg: number, meet: MeetLeaves, lift: Lift): Loading {
  const barKg = barKgOf(meet, lift);
  const plates = platesOf(meet);
  const wanted = (kg - barKg) / 2;
  if (wanted < NOTHING) return { side: [], barKg, missingKg: wanted < -NOTHING ? kg - barKg : 0 };
  const counts = evenly(wanted, plates) ?? greedily(wanted, plates);
  const side = plates.map((plate, at) => ({ plate, count: counts[at]! })).filter(({ count }) => count > 0);
  const missing = 2 * (wanted - side.reduce((sum, { plate, count }) => sum + plate.kg * count, 0));
  return { side, barKg, missingKg: Math.abs(missing) < NOTHING ? 0 : missing };
}

/** How many of each come to exactly this, with as many heavy ones as can be; `null` if none do. */
function evenly(wanted: number, plates: readonly Plate[]): readonly number[] | null {
  const dead = new Set<string>();
  const from = (at: number, rest: number): number[] | null => {
    if (rest < NOTHING) return plates.slice(at).map(() => 0);
    const plate = plates[at];
    const key = `${at} ${Math.round(rest / NOTHING)}`;
    if (plate === undefined || dead.has(key)) return null;
    for (let count = most(rest, plate); count >= 0; count -= 1) {
      const others = from(at + 1, rest - count * plate.kg);
      if (others !== null) return [count, ...others];
    }
    dead.add(key);
    return null;
  };
  return from(0, wanted);
}

function greedily(wanted: number, plates: readonly Plate[]): readonly number[] {
  let rest = wanted;
  return plates.map((plate) => {
    const count = most(rest, plate);
    rest -= count * plate.kg;
    return count;
  });
}

function most(rest: number, { kg, pairs }: Plate): number {
  return Math.min(pairs, Math.floor((rest + NOTHING) / kg));
}
