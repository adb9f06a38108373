/**
 * One timer that is set again and again. It may go off early, never late: who is called says when the next time is.
 */

/** `setTimeout` takes a longer wait for none. */
const LONGEST_MS = 2 ** 31 - 1;

/** A timer that calls one function. */
export class Timer {
  readonly #call: () => void;
  #id: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  constructor(call: () => void) {
    this.#call = call;
  }

  /** Goes off after so many milliseconds, or before. */
  set(wait: number): void {
    const most = Math.min(Math.max(Math.ceil(wait), 0), LONGEST_MS);
    const at = performance.now() + most;
    // Most inputs move the time away: the one that is set does.
    if (at < this.#at) {
      this.stop();
      this.#at = at;
      this.#id = setTimeout(() => {
        this.#at = Infinity;
        this.#call();
      }, most);
    }
  }

  stop(): void {
    clearTimeout(this.#id);
    this.#at = Infinity;
  }
}
