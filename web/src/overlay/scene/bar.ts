/** What the bar view draws: the weight, and the plates of one side from the inside out, as the meet's own plates make it up. */
import { attemptOf } from "../../meet/attempts.ts";
import { loadingOf } from "../../meet/loading.ts";
import { LIFT_NAMES } from "../../meet/types.ts";
import { showWeight } from "../../meet/units.ts";
import { entryOf, turnOn } from "./shown.ts";
import type { Shown } from "./shown.ts";
import { nameOf, weightOf } from "./words.ts";
import type { WeightWords } from "./words.ts";

/** One plate on the bar. */
export interface DrawnPlate {
  /** What tells it from the others on the bar. */
  readonly key: string;
  /** Its weight in the meet's unit. */
  readonly text: string;
  /** A CSS colour, as the meet has it. */
  readonly color: string;
  /** How large it is drawn: 1 as the largest plates, down to 0. */
  readonly size: number;
}

/** A loaded bar. */
export interface BarScene {
  readonly name: string;
  readonly lift: string;
  readonly weight: WeightWords;
  readonly plates: readonly DrawnPlate[];
  /** The plates in words: `25 × 2, 10`; empty where there are none. */
  readonly perSide: string;
}

/** Plates from so many kilograms on are the largest. */
const LARGEST_KG = 20;

/** The bar for whose turn it is; `null` while there is nothing to load. It never waits for the eye: loaders look at it too. */
export function barScene({ tree, finished }: Shown, stage: number): BarScene | null {
  const turn = turnOn(tree, stage);
  const entry = turn === null ? null : entryOf(tree, turn.lifter);
  if (turn === null || entry === null || finished) return null;
  const { kg } = attemptOf(entry, turn.lift, turn.attempt);
  if (kg <= 0) return null;
  const { side } = loadingOf(kg, tree.meet, turn.lift);
  const show = (weight: number) => showWeight(weight, tree.meet.inKg !== false);
  return {
    name: nameOf(entry),
    lift: LIFT_NAMES[turn.lift],
    weight: weightOf(kg, tree.meet),
    plates: side.flatMap(({ plate, count }) =>
      Array.from({ length: count }, (_, at) => ({
        key: `${plate.kg} ${plate.color} ${at}`,
        text: show(plate.kg),
        color: plate.color,
        size: Math.min(1, Math.sqrt(plate.kg / LARGEST_KG)),
      }))),
    perSide: side.map(({ plate, count }) => (count > 1 ? `${show(plate.kg)} × ${count}` : show(plate.kg))).join(", "),
  };
}
