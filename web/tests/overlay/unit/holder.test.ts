/** How long a lifter stays on screen: a result is seen before the next one comes, and nothing else is held back. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Attempt, DisplaySnapshot, MeetTree } from "../../../src/meet/types.ts";
import { Holder, shownOf } from "../../../src/overlay/scene/shown.ts";
import { changed, madeUp, onStage } from "../meet.ts";

const HOLD = 4000;
const decided = (tree: MeetTree, result: Attempt["result"]) => changed(tree, 5000, { "deadlift[3]": { kg: 182.5, result } });
const next = (tree: MeetTree) => onStage(tree, { lifter: 5001, attempt: 3 });

test("a lifter whose result came stays, and then goes", () => {
  const holder = new Holder(HOLD);
  expect(holder.see(madeUp(), 1, 0).turn?.lifter).toBe(5000);
  const then = next(decided(madeUp(), "good"));
  expect(holder.see(then, 1, 1000)).toMatchObject({ turn: { lifter: 5000, attempt: 3 }, again: 5000 });
  expect(holder.see(changed(then, 5001, { team: "x" }), 1, 4999)).toMatchObject({ turn: { lifter: 5000 }, again: 5000 });
  expect(holder.see(then, 1, 5000)).toMatchObject({ turn: { lifter: 5001 }, again: null });
  expect(holder.see(decided(madeUp(), "good"), 1, 5001).turn?.lifter, "called again, though decided").toBe(5000);
  expect(holder.see(then, 1, 5002).turn?.lifter, "its result is not new").toBe(5001);
});

test("a result that came before the next one was called counts from when it came", () => {
  const holder = new Holder(HOLD);
  holder.see(madeUp(), 1, 0);
  expect(holder.see(decided(madeUp(), "no-lift"), 1, 1000)).toMatchObject({ turn: { lifter: 5000 }, again: null });
  expect(holder.see(next(decided(madeUp(), "no-lift")), 1, 9000)).toMatchObject({ turn: { lifter: 5001 }, again: null });
});

test("without a result nobody stays", () => {
  const holder = new Holder(HOLD);
  holder.see(madeUp(), 1, 0);
  expect(holder.see(next(madeUp()), 1, 1).turn?.lifter).toBe(5001);
  expect(holder.see(onStage(madeUp(), { lifter: null }), 1, 2).turn).toBeNull();
});

test("a result that was a mistake, and an entry that is gone, hold nothing", () => {
  const holder = new Holder(HOLD);
  holder.see(madeUp(), 1, 0);
  holder.see(decided(madeUp(), "good"), 1, 100);
  holder.see(madeUp(), 1, 200);
  expect(holder.see(next(madeUp()), 1, 300).turn?.lifter).toBe(5001);
  const other = new Holder(HOLD);
  other.see(madeUp(), 1, 0);
  const without = next(decided(madeUp(), "good"));
  expect(other.see({ ...without, entries: without.entries.filter(({ id }) => id !== 5000) }, 1, 100).turn?.lifter).toBe(5001);
});

test("where a stage names no attempt, the one that is due is meant, also after its result", () => {
  const holder = new Holder(HOLD);
  const unnamed = onStage(changed(madeUp(), 5000, { "deadlift[2]": { kg: 175, result: "open" } }), { attempt: null });
  expect(holder.see(unnamed, 1, 0).turn?.attempt).toBe(2);
  const good = changed(unnamed, 5000, { "deadlift[2]": { kg: 175, result: "good" } });
  expect(holder.see(good, 1, 10)).toMatchObject({ turn: { attempt: 2 }, again: 10 + HOLD });
  expect(holder.see(good, 1, 10 + HOLD).turn?.attempt).toBe(3);
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it looks again by itself when the time is over, and keeps what it had where a display has nothing", () => {
  let snapshot: DisplaySnapshot = { tree: madeUp(), finished: false, held: false, gone: null };
  const listeners = new Set<() => void>();
  const give = (more: Partial<DisplaySnapshot>) => {
    snapshot = { ...snapshot, ...more };
    listeners.forEach((listener) => listener());
  };
  const display = {
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => snapshot,
  };
  const source = shownOf(display, 1, HOLD);
  let heard = 0;
  const stop = source.subscribe(() => (heard += 1));
  expect([heard, source.getSnapshot()?.turn?.lifter]).toEqual([1, 5000]);
  give({ tree: next(decided(madeUp(), "good")) });
  expect([heard, source.getSnapshot()?.turn?.lifter]).toEqual([2, 5000]);
  vi.advanceTimersByTime(HOLD + 1);
  expect([heard, source.getSnapshot()?.turn?.lifter]).toEqual([3, 5001]);
  const before = source.getSnapshot();
  give({ held: true });
  give({ tree: null });
  expect([heard, source.getSnapshot() === before]).toEqual([3, true]);
  give({ tree: decided(madeUp(), "open") });
  give({ tree: next(decided(madeUp(), "good")) });
  stop();
  expect([listeners.size, vi.getTimerCount()]).toEqual([0, 0]);
});
