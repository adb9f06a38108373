/**
 * Waiting for what a store holds, which is the only way the tests of the package wait for a real core.
 */

import { vi } from "vitest";
import type { Store } from "../src/types.js";

/** Waits until what the store holds passes the check, and gives that. */
export function until<T>(store: Store<T>, check: (value: T) => unknown): Promise<T> {
  return vi.waitFor(() => {
    const value = store.getSnapshot();
    if (!check(value)) {
      throw new Error(`not yet: ${JSON.stringify(value)}`);
    }
    return value;
  }, { timeout: 20_000, interval: 20 });
}
