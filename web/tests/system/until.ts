/** Waiting for a condition with a deadline, which is the only way these tests wait. It knows nothing of what is waited for. */

/** What anything may take here: generous, since a machine may be busy with much else. */
export const DEADLINE = 30_000;

/** Milliseconds between two looks. */
const EVERY = 20;

/**
 * Looks until `look` gives something that is neither `undefined`, `null` nor `false`, and gives that.
 *
 * @throws when `deadline` milliseconds have passed; `last` then says what there was instead.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  deadline = DEADLINE,
  last: () => unknown = () => undefined,
): Promise<NonNullable<Exclude<T, false>>> {
  const start = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() - start > deadline) {
      const there = last();
      const instead = there === undefined ? "" : `; instead: ${typeof there === "string" ? there : JSON.stringify(there)}`;
      throw new Error(`not within ${deadline} ms: ${what}${instead}`);
    }
    await pause(EVERY);
  }
}

/** Looks again and again for `time` milliseconds, and throws if it is not so once. */
export async function throughout(what: string, time: number, look: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now();
  do {
    if (!(await look())) throw new Error(`not so throughout: ${what}`);
    await pause(EVERY);
  } while (performance.now() - start < time);
}

function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time)); // tidy: poll
}
