/** Who is up, of a lifting page's group; the expected answers are worked out by hand from the order OpenLifter shows. */

import { expect, it } from "vitest";
import type { AppEntry, AppState } from "../../src/openlifter/app-state.js";
import { stageOf } from "../../src/openlifter/stage.js";
import { emptyState, newEntry, withEntries } from "./random.js";

/** Lifters by squats; a good lift is written as it is, a failed one is negative, one to come has a fraction of 0.5. */
function state(lifting: Partial<AppState["lifting"]>, ...lifters: Array<Partial<AppEntry> & { squats: number[] }>): AppState {
  const entries = lifters.map(({ squats, ...rest }, at) => {
    const kg = [0, 1, 2, 3, 4].map((number) => Math.abs(squats[number] ?? 0));
    const status = [0, 1, 2, 3, 4].map((number) => {
      const squat = squats[number] ?? 0;
      return squat === 0 || squat % 1 !== 0 ? 0 : Math.sign(squat);
    });
    return newEntry(5_000 + at, { ...rest, squatKg: kg, squatStatus: status });
  });
  const made = withEntries(emptyState(), entries);
  return { ...made, lifting: { ...made.lifting, ...lifting } };
}

it.each([
  { what: "the lightest bar", lifters: [{ squats: [100.5] }, { squats: [90.5] }], is: [1, 5_001] },
  { what: "the lower lot where bars are the same", lifters: [{ squats: [90.5], lot: 9 }, { squats: [90.5], lot: 2 }], is: [1, 5_001] },
  { what: "the lighter lifter without lots", lifters: [{ squats: [90.5], bodyweightKg: 80 }, { squats: [90.5], bodyweightKg: 79 }], is: [1, 5_001] },
  { what: "the name at last", lifters: [{ squats: [90.5], name: "B" }, { squats: [90.5], name: "A" }], is: [1, 5_001] },
  { what: "whoever lifted first the time before", lifters: [{ squats: [95, 100.5] }, { squats: [90, 100.5] }], is: [2, 5_001] },
  { what: "nobody twice before all went once", lifters: [{ squats: [90, 95.5] }, { squats: [100.5] }], is: [1, 5_001] },
  { what: "the next round once all went, failed or not", lifters: [{ squats: [-90, 91.5] }, { squats: [100, 90.5] }], is: [2, 5_001] },
  { what: "nobody, and the attempt to come, while none is declared", lifters: [{ squats: [90] }, { squats: [-100] }], is: [2, null] },
  { what: "nobody after the third", lifters: [{ squats: [90, 95, 100] }], is: [3, null] },
  { what: "whoever has declared the next one already", lifters: [{ squats: [90.5] }, { squats: [100.5, 105.5] }], is: [1, 5_001] },
  { what: "nobody of another flight", lifters: [{ squats: [90.5], flight: "B" }, { squats: [100.5] }], is: [1, 5_001] },
])("L14: $what", ({ lifters, is }) => {
  const { attempt, lifter } = stageOf(state({}, ...lifters));
  expect([attempt, lifter]).toEqual(is);
});

it("L14: what was chosen by hand goes first", () => {
  const lifters = [{ squats: [90.5] }, { squats: [100.5, 105.5] }];
  expect(stageOf(state({ overrideEntryId: 5_001 }, ...lifters))).toEqual({ flight: "A", lift: "squat", attempt: 1, lifter: 5_001 });
  expect(stageOf(state({ overrideAttempt: 2 }, ...lifters))).toEqual({ flight: "A", lift: "squat", attempt: 2, lifter: 5_001 });
  expect(stageOf(state({ overrideEntryId: 4_000 }, { squats: [90.5] }, { squats: [100.5] })).lifter).toBe(5_000);
  expect(stageOf(state({ lift: "?" }, ...lifters))).toEqual({ flight: "A", lift: null, attempt: null, lifter: null });
});
