/**
 * Time as the core wants it: milliseconds since the Unix epoch that never run backwards, whatever happens to the
 * machine's clock, and that do not stand still while the machine sleeps.
 */

/** How far the wall clock may be ahead before its time is taken over: the machine slept, or its clock was set. */
const SLEPT_MS = 1_000;

/** A clock that begins at the time of `wall`, and gives whole milliseconds. */
export function newClock(wall = () => Date.now(), steady = () => performance.now()): () => number {
  let offset = wall() - steady();
  let last = -Infinity;
  return () => {
    let now = steady() + offset;
    const ahead = wall() - now;
    if (ahead > SLEPT_MS) {
      offset += ahead;
      now += ahead;
    }
    last = Math.max(last, Math.floor(now));
    return last;
  };
}
