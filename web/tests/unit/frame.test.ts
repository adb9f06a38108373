/** Stores tell at most once a frame, all together, and of the newest only. */
import type { Client, ConnectionState, Store } from "scorelay";
import { expect, test } from "vitest";

import { framed } from "../../src/lib/frame.ts";
import { Pace } from "../../src/lib/pace.ts";

function source<T>(first: T): Store<T> & { set(value: T): void } {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => value,
    set: (next) => {
      value = next;
      for (const listener of listeners) listener();
    },
  };
}

function setUp() {
  const state = source({ kind: "connecting" } as ConnectionState);
  const directory = source<readonly never[] | null>(null);
  const frames: (() => void)[] = [];
  const clock = { now: 0, cost: 0, timers: [] as { at: number; call: () => void }[] };
  const speed = { paces: [] as number[], slow: false };
  const setPace = (milliseconds: number) => void speed.paces.push(milliseconds);
  const view = () => ({ ...source(null), board: "b", window: { from: 1, to: 2 }, setWindow: () => {}, close: () => {} });
  const board = () => ({ id: "b", view });
  const screen = {
    now: () => clock.now,
    request: (draw: () => void) => void frames.push(draw),
    after: (done: () => void) => {
      clock.now += clock.cost;
      done();
    },
    later: (call: () => void, milliseconds: number) => {
      const timer = { at: clock.now + milliseconds, call };
      clock.timers.push(timer);
      return () => void clock.timers.splice(clock.timers.indexOf(timer), 1);
    },
  };
  const parts = { state, directory, setPace, board } as unknown as Client;
  const client = framed(parts, screen, (slow) => (speed.slow = slow));
  return { state, directory, frames, client, clock, speed };
}

/** E12: what would not be drawn is not sent either, but for a reader who waits. */
test("a slow device asks for fewer updates and for no motion, until it is quick again", () => {
  const { state, frames, client, clock, speed } = setUp();
  client.state.subscribe(() => {});
  const view = client.board("b").view({ from: 1, to: 2 });
  const draw = (cost: number) => {
    [clock.cost, clock.now] = [cost, clock.now + 1_000];
    state.set({ kind: "live" } as ConnectionState);
    frames.pop()!();
  };
  draw(3);
  expect([speed.slow, speed.paces]).toEqual([false, []]);
  Array.from({ length: 30 }, () => draw(20));
  expect(speed.slow).toBe(true);
  expect(speed.paces.at(-1)).toBe(400);
  expect(speed.paces.length).toBeLessThanOrEqual(3);
  view.setWindow({ from: 2, to: 3 });
  expect(speed.paces.at(-1)).toBe(0);
  draw(20);
  expect(speed.paces.at(-1)).toBe(400);
  Array.from({ length: 30 }, () => draw(4));
  expect([speed.slow, speed.paces.at(-1)]).toEqual([false, 0]);
});

test("a page that draws slowly draws less often, and never waits long", () => {
  const { state, frames, client, clock } = setUp();
  client.state.subscribe(() => {});
  clock.cost = 30;
  state.set({ kind: "stale" } as ConnectionState);
  frames.pop()!();
  state.set({ kind: "live" } as ConnectionState);
  expect(frames).toHaveLength(0);
  expect(clock.timers).toHaveLength(1);
  expect(clock.timers[0]!.at).toBeLessThanOrEqual(1000);
  clock.timers[0]!.call();
  expect(frames).toHaveLength(1);
});

test("pace keeps to its share, but for a reader who waits", () => {
  const pace = new Pace();
  expect(pace.wait(0)).toBe(0);
  pace.drew(0, 6);
  expect(pace.wait(0)).toBe(100);
  expect(pace.wait(60)).toBe(40);
  expect(pace.wait(100)).toBe(0);
  pace.hurry(60);
  expect(pace.wait(60)).toBe(0);
  pace.drew(100, 1000);
  expect(pace.wait(500)).toBe(0);
  expect(pace.wait(100 + 360)).toBe(0);
  pace.drew(1000, 1000);
  expect(pace.wait(1000)).toBeGreaterThan(100);
  expect(pace.wait(1000)).toBeLessThanOrEqual(1000);
});

test("changes between two frames are told once, the last one only", () => {
  const { state, frames, client } = setUp();
  let told = 0;
  client.state.subscribe(() => (told += 1));
  state.set({ kind: "offline" } as ConnectionState);
  const live = { kind: "live" } as ConnectionState;
  state.set(live);
  expect(told).toBe(0);
  expect(client.state.getSnapshot().kind).toBe("connecting");
  expect(frames).toHaveLength(1);
  frames[0]!();
  expect(told).toBe(1);
  expect(client.state.getSnapshot()).toBe(live);
});

test("all stores change before anybody is told", () => {
  const { state, directory, frames, client } = setUp();
  const seen: unknown[] = [];
  client.state.subscribe(() => seen.push(client.directory.getSnapshot()));
  client.directory.subscribe(() => seen.push(client.state.getSnapshot().kind));
  state.set({ kind: "live" } as ConnectionState);
  directory.set([]);
  expect(frames).toHaveLength(1);
  frames[0]!();
  expect(seen).toEqual([[], "live"]);
});

test("what changed before somebody listened is told at the next frame", () => {
  const { state, frames, client } = setUp();
  state.set({ kind: "live" } as ConnectionState);
  let told = 0;
  const leave = client.state.subscribe(() => (told += 1));
  frames[0]!();
  expect(told).toBe(1);
  leave();
  state.set({ kind: "stale" } as ConnectionState);
  expect(frames).toHaveLength(1);
});
