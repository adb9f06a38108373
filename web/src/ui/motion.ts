/** Whether things may move on this screen. */

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let slow = false;

/** Whether the reader asked for no motion, or the device is too slow for it. */
export function isCalm(): boolean {
  return slow || calm.matches;
}

/** Says whether the device is too slow for motion. */
export function setSlow(now: boolean): void {
  slow = now;
}
