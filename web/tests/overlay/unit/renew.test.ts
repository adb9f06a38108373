/** When an overlay that is open for days loads itself again, and when it leaves that. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { EVERY, renew } from "../../../src/overlay/renew.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OURS = '<script src="/assets/overlay-1.js">';
const NEWER = '<script src="/assets/overlay-2.js">';

function overlay() {
  const listeners = new Set<() => void>();
  const all = { kind: "live", page: OURS as string | null | Error, looked: 0, loaded: 0 };
  renew({
    state: {
      subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
      getSnapshot: () => ({ kind: all.kind, since: 0, retryAt: null, error: null, lastUpdate: null }) as never,
    },
    script: "/assets/overlay-1.js",
    load: async () => {
      all.looked += 1;
      if (all.page instanceof Error) throw all.page;
      return all.page;
    },
    reload: () => void (all.loaded += 1),
  });
  const become = (kind: string) => {
    all.kind = kind;
    listeners.forEach((listener) => listener());
  };
  return { all, become };
}

test("a newer page is loaded, once there is no connection and the relay serves it", async () => {
  const { all, become } = overlay();
  all.page = NEWER;
  await vi.advanceTimersByTimeAsync(10 * EVERY);
  expect([all.looked, all.loaded]).toEqual([0, 0]);
  all.page = null;
  become("offline");
  become("offline");
  await vi.advanceTimersByTimeAsync(2 * EVERY);
  expect([all.looked, all.loaded]).toEqual([2, 0]);
  all.page = new Error("no network");
  await vi.advanceTimersByTimeAsync(EVERY);
  expect([all.looked, all.loaded]).toEqual([3, 0]);
  all.page = OURS;
  await vi.advanceTimersByTimeAsync(EVERY);
  expect([all.looked, all.loaded]).toEqual([4, 0]);
  all.page = NEWER;
  await vi.advanceTimersByTimeAsync(EVERY);
  expect([all.looked, all.loaded]).toEqual([5, 1]);
});

test("a connection that is back ends it, and it begins again with the next loss", async () => {
  const { all, become } = overlay();
  all.page = NEWER;
  become("offline");
  await vi.advanceTimersByTimeAsync(EVERY - 1);
  become("live");
  await vi.advanceTimersByTimeAsync(10 * EVERY);
  expect([all.looked, all.loaded, vi.getTimerCount()]).toEqual([0, 0, 0]);
  become("offline");
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(all.loaded).toBe(1);
});

test("a client that failed is loaded again, also where the page is the same", async () => {
  const { all, become } = overlay();
  all.page = null;
  become("closed");
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(all.loaded).toBe(0);
  all.page = OURS;
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(all.loaded).toBe(1);
});
