/**
 * Waiting that can be called off: promises that end by an AbortSignal, and those that wait for a store.
 */

import type { Store, WaitOptions } from "./types.js";

/**
 * A promise that rejects with the signal's reason when aborted. `start` gives what is to be called when the promise is
 * settled, whatever the way.
 */
export function abortable<T>(
  { signal }: WaitOptions,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(reasonOf(signal));
      return;
    }
    let stop: (() => void) | undefined;
    let settled = false;
    const settle = (action: () => void): void => {
      if (!settled) {
        settled = true;
        signal?.removeEventListener("abort", abort);
        stop?.();
        action();
      }
    };
    const abort = (): void => settle(() => reject(reasonOf(signal!)));
    signal?.addEventListener("abort", abort);
    try {
      stop = start(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    } catch (error) {
      settle(() => reject(error));
    }
    if (settled) {
      stop?.();
    }
  });
}

/** Calls `check` now and after each change of `store`, until the returned function is called. */
export function watching(store: Store<unknown>, check: () => void): () => void {
  const stop = store.subscribe(check);
  check();
  return stop;
}

/** Engines of before 2022 have no reason. */
function reasonOf(signal: AbortSignal): unknown {
  if (signal.reason !== undefined) {
    return signal.reason;
  }
  const error = new Error("aborted");
  error.name = "AbortError";
  return error;
}
