/**
 * How often a page may draw what changed: as often as it comes, but with no more than a share of the time that the device
 * has. What a drawing costs is measured, so a slow phone draws fewer of twenty updates a second, and stays cool. Time is
 * an argument, in milliseconds.
 */

/** The share of the time that may go into drawing changes. */
const SHARE = 0.06;
/** The same where the device is slow: what the browser does besides, out of our sight, weighs more there. */
const SLOW_SHARE = 0.04;
/** The longest that a change waits to be drawn. */
const LONGEST = 1000;
/** After the reader moved, what comes is drawn at once for so long. */
const HURRY = 400;
/** A device on which a drawing costs more than this is slow. */
const SLOW = 9;
/** And stays so until one costs less than this. */
const QUICK = 5.4;
/** Drawings after which it is known whether it is. */
const KNOWN = 10;
/** Paces are asked for in such steps, so that few are. */
const STEP = 100;

/** When to draw next. */
export class Pace {
  #cost = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #hurryUntil = Number.NEGATIVE_INFINITY;
  #slow = false;
  #known = 0;

  /** Whether drawing costs so much here that motion is too dear. */
  get slow(): boolean {
    return this.#slow;
  }

  /** How far apart updates had better come, 0 for as they do: what is not drawn need not be sent. */
  wanted(now: number): number {
    if (!this.#slow || now < this.#hurryUntil) return 0;
    return Math.max(STEP, Math.floor(this.#interval() / STEP) * STEP);
  }

  /** How long a change that is there now should wait. */
  wait(now: number): number {
    if (now < this.#hurryUntil) return 0;
    return Math.max(0, this.#drawnAt + this.#interval() - now);
  }

  /**
   * Takes in when a drawing began and what it cost. One that was disturbed counts little; one for a reader who moved says
   * nothing of what changes cost.
   */
  drew(at: number, cost: number): void {
    this.#drawnAt = at;
    if (at < this.#hurryUntil) return;
    this.#known += 1;
    this.#cost = this.#cost === 0 ? cost : Math.min(this.#cost * 0.8 + cost * 0.2, this.#cost * 1.5);
    this.#slow = this.#known >= KNOWN && this.#cost > (this.#slow ? QUICK : SLOW);
  }

  #interval(): number {
    return Math.min(LONGEST, this.#cost / (this.#slow ? SLOW_SHARE : SHARE));
  }

  /** Says that the reader waits for what comes. */
  hurry(now: number): void {
    this.#hurryUntil = now + HURRY;
  }
}
