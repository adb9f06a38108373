/**
 * Stores: a value and those who want to hear of its changes. Changing the value and telling of it are two steps, so that all
 * stores are up to date before anybody hears of any.
 */

import type { Store } from "./types.js";

/** A store and the functions of its owner. */
export interface OwnedStore<T> extends Store<T> {
  /** Sets the value; whether it is another one. */
  set(value: T): boolean;
  /** Calls all listeners. One that throws does not keep others from being called. */
  notify(): void;
}

/** A store that holds `value`. */
export function newStore<T>(value: T): OwnedStore<T> {
  const listeners = new Set<{ call: () => void }>();
  return {
    subscribe: (listener) => {
      const subscription = { call: listener };
      listeners.add(subscription);
      return () => void listeners.delete(subscription);
    },
    getSnapshot: () => value,
    set: (next) => {
      const changed = next !== value;
      value = next;
      return changed;
    },
    notify: () => {
      for (const subscription of [...listeners]) {
        if (listeners.has(subscription)) {
          guarded(subscription.call);
        }
      }
    },
  };
}

function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    const { reportError } = globalThis as { reportError?: (error: unknown) => void };
    if (typeof reportError === "function") {
      reportError(error);
    } else {
      console.error(error);
    }
  }
}
