/** Meets to test with: entries by hand, and whole meets drawn from a seed. */
import type { Attempt, MeetEntry, MeetLeaves, MeetTree } from "../../src/meet/index.ts";

/** An attempt as results sheets write it: `100` is good, `-100` is no lift, `"100"` is declared, 0 is none. */
export function attempt(written: number | string): Attempt {
  if (typeof written === "string") return { kg: Number(written), result: "open" };
  return { kg: Math.abs(written), result: written === 0 ? "open" : written > 0 ? "good" : "no-lift" };
}

/** Attempts of a lift, from the first on. */
export function attempts(lift: "squat" | "bench" | "deadlift", ...written: (number | string)[]): object {
  return Object.fromEntries(written.map((one, at) => [`${lift}[${at + 1}]`, attempt(one)]));
}

/** A lifter in flight A on platform 1 on day 1. */
export function entry(id: number, leaves: object = {}): MeetEntry {
  return { id, name: `Lifter ${id}`, sex: "M", day: 1, platform: 1, flight: "A", equipment: "Sleeves", events: ["SBD"], divisions: ["Open"], ...leaves };
}

/** A meet of these entries. */
export function tree(entries: readonly MeetEntry[], meet: MeetLeaves = {}): MeetTree {
  return { meet: { inKg: true, ...meet }, entries, deleted: [], live: {} };
}

/** Numbers from 0 up to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A meet somewhere in its course, drawn from a seed. */
export function drawn(seed: number, count = 30): MeetTree {
  const next = random(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const some = (lift: "squat" | "bench" | "deadlift", base: number) =>
    attempts(lift, ...[0, 1, 2].map((round) => {
      const kg = base + round * 5 + 2.5 * Math.floor(next() * 6);
      return one<number | string>([kg, kg, kg, -kg, String(kg), 0]);
    }));
  const entries = Array.from({ length: count }, (_, at) => entry(5000 + at, {
    sex: one(["F", "M", "Mx"]),
    equipment: one(["Bare", "Sleeves", "Wraps", "Single-ply", "Multi-ply"]),
    divisions: one([["Open"], ["Open", "Masters"], ["Juniors"]]),
    events: one([["SBD"], ["SBD"], ["B"], ["SBD", "D"]]),
    flight: one(["A", "B"]),
    lot: one([0, 1, 2, 3, 4, 5, 6, 7]),
    bodyweightKg: one([0, 55.3, 74.1, 74.1, 82.5, 90, 101.7, 140.25]),
    guest: next() < 0.1,
    ...some("squat", 100), ...some("bench", 60), ...some("deadlift", 120),
  }));
  return tree(entries, {
    combineSleevesAndWraps: next() < 0.5,
    combineSingleAndMulti: next() < 0.5,
    divisions: ["Open", "Juniors", "Masters"],
    weightClassesKgMen: [75, 82.5, 100, 125],
    weightClassesKgWomen: [60, 75],
    formula: "Dots",
  });
}
