/**
 * Takes back what this desk entered, one step at a time. A value that has changed since, here or on another desk, is left
 * as it is: undoing must not undo somebody else.
 */
import type { Meet, MeetValue } from "../meet/index.ts";

/** Paths and what to set them to. */
export type Changes = readonly (readonly [path: string, value: MeetValue])[];

interface Step {
  readonly path: string;
  readonly before: MeetValue;
  readonly after: MeetValue;
}

/** As far back as anybody remembers what they typed. */
const DEPTH = 100;

/** What one desk entered since its page was opened. */
export class History {
  readonly #meet: Meet;
  #steps: (readonly Step[])[] = [];

  constructor(meet: Meet) {
    this.#meet = meet;
  }

  get empty(): boolean {
    return this.#steps.length === 0;
  }

  /** Sets paths, and remembers what they were. Throws what `setAll` does; nothing is changed then. */
  set(changes: Changes): void {
    const steps = changes.map(([path, after]) => ({ path, before: this.#meet.get(path), after }));
    this.#meet.setAll(changes);
    this.#steps = [...this.#steps, steps].slice(-DEPTH);
  }

  /** Takes the last step back. The paths that were set back, and whether something was left as it is. */
  undo(): { readonly paths: readonly string[]; readonly left: boolean } {
    const steps = this.#steps.pop() ?? [];
    const back = steps.filter(({ path, after }) => same(this.#meet.get(path), after)).toReversed();
    if (back.length > 0) this.#meet.setAll(back.map(({ path, before }) => [path, before] as const));
    return { paths: back.map(({ path }) => path), left: back.length < steps.length };
  }
}

function same(a: MeetValue, b: MeetValue): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const [left, right] = [Object.entries(a), b as Record<string, MeetValue>];
  return left.length === Object.keys(b).length && left.every(([key, value]) => same(value as MeetValue, right[key]));
}
