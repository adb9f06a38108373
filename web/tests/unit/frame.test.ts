/** Stores tell at most once a frame, all together, and of the newest only. */
import type { Client, ConnectionState, Store } from "scorelay";
import { expect, test } from "vitest";

import { framed } from "../../src/lib/frame.ts";

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
  const client = framed({ state, directory } as unknown as Client, (draw) => frames.push(draw));
  return { state, directory, frames, client };
}

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
