/**
 * How often a page may draw what changed: as often as it comes, but with no more than a share of the time that the device
 * has. What a drawing costs is measured, so a slow phone draws fewer of twenty updates a second, and stays cool. Time is
 * an argument, in milliseconds.
 */

/** The share of the time that may go into drawing changes. */
const SHARE = 0.06;
/** The longest that a change waits to be drawn. */
const LONGEST = 400;
/** After the reader moved, what comes is drawn at once for so long. */
const HURRY = 400;

/** When to draw next. */
export class Pace {
  #cost = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #hurryUntil = Number.NEGATIVE_INFINITY;

  /** How long a change that is there now should wait. */
  wait(now: number): number {
    if (now < this.#hurryUntil) return 0;
    return Math.max(0, this.#drawnAt + Math.min(LONGEST, this.#cost / SHARE) - now);
  }

  /** Takes in when a drawing began and what it cost. One that was disturbed counts little. */
  drew(at: number, cost: number): void {
    this.#drawnAt = at;
    this.#cost = this.#cost === 0 ? cost : Math.min(this.#cost * 0.8 + cost * 0.2, this.#cost * 1.5);
  }

  /** Says that the reader waits for what comes. */
  hurry(now: number): void {
    this.#hurryUntil = now + HURRY;
  }
}
