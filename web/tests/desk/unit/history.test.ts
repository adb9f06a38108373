/** Undoing takes back what this desk entered and nothing else, and lots are drawn once each. */
import { expect, test } from "vitest";

import { drawLots } from "../../../src/desk/lots.ts";
import { History } from "../../../src/desk/undo.ts";
import type { Meet } from "../../../src/meet/index.ts";
import { entry, random } from "../../meet/made.ts";
import { MemoryMeet } from "../page/memory.ts";

function open(): { readonly meet: MemoryMeet; readonly history: History } {
  const meet = new MemoryMeet("123-456-789", "Platform", []);
  return { meet, history: new History(meet as unknown as Meet) };
}

test("steps are taken back in their order, to what stood before", () => {
  const { meet, history } = open();
  history.set([["meet.name", "A"], ["meet.city", "Bergen"]]);
  history.set([["meet.name", "B"]]);
  expect(history.undo()).toEqual({ paths: ["meet.name"], left: false });
  expect(meet.get("meet.name")).toBe("A");
  history.undo();
  expect(meet.getSnapshot().meet).toEqual({});
  expect(history.empty).toBe(true);
  expect(history.undo()).toEqual({ paths: [], left: false });
});

/** L8: undoing never undoes another desk. */
test("what another desk has set since is left as it is", () => {
  const { meet, history } = open();
  meet.remote("registration.entries[5000]", { name: "Ada" });
  history.set([["registration.entries[5000].squat[1]", { kg: 100, result: "open" }], ["meet.city", "Bergen"]]);
  meet.remote("registration.entries[5000].squat[1]", { kg: 105, result: "open" });
  expect(history.undo()).toEqual({ paths: ["meet.city"], left: true });
  expect(meet.get("registration.entries[5000].squat[1]")).toEqual({ kg: 105, result: "open" });
});

test("what is refused is not remembered", () => {
  const { meet, history } = open();
  meet.setAll = () => {
    throw new Error("no such path");
  };
  expect(() => history.set([["meet.name", "A"]])).toThrow("no such path");
  expect(history.empty).toBe(true);
});

test("each entry without a lot draws one of its own", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const entries = Array.from({ length: 20 }, (_, at) => entry(at, { lot: at % 3 === 0 ? at + 1 : 0 }));
    const lots = drawLots(entries, random(seed));
    const all = new Map([...entries.map(({ id, lot }) => [id, lot] as const), ...lots]);
    expect([...all.values()].toSorted((a, b) => Number(a) - Number(b)), `seed ${seed}`).toEqual(entries.map((_, at) => at + 1));
  }
});
