/** Whether things may move on this screen. */

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the reader asked for no motion. */
export function isCalm(): boolean {
  return calm.matches;
}
