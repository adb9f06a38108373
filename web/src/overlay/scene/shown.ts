/**
 * What a stage shows, following a display: the stage as it is, but a lifter whose attempt was just decided stays for a
 * moment, since the desk calls the next one with the same keystroke, and nobody would see the result. Weights, results and
 * all else of the meet are never held back. It draws nothing and knows no clock but the one it is given.
 */
import { attemptOf } from "../../meet/attempts.ts";
import type { AttemptNumber, DisplaySnapshot, Lift, MeetEntry, MeetTree } from "../../meet/types.ts";
import { attemptOnStage } from "./attempts.ts";

/** Whose attempt it is. */
export interface Turn {
  readonly flight: string;
  readonly lift: Lift;
  readonly attempt: AttemptNumber;
  readonly lifter: number;
}

/** What there is to show. */
export interface Shown {
  readonly tree: MeetTree;
  /** The turn to show; `null` while nobody is on the platform. */
  readonly turn: Turn | null;
  /** Whether the meet is over. */
  readonly finished: boolean;
}

/** Something that changes over time; the functions may be passed unbound. */
export interface Source<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}

/** What a `Holder` says. */
export interface Held {
  readonly turn: Turn | null;
  /** When to ask again though nothing came; `null`: need not be. */
  readonly again: number | null;
}

/** Holds a turn whose result just came for so many milliseconds. */
export class Holder {
  readonly #hold: number;
  #turn: Turn | null = null;
  /** When the result of the turn came, where it came while it was shown. */
  #decided: number | null = null;
  #open = false;

  constructor(hold: number) {
    this.#hold = hold;
  }

  /** Takes in what the meet is now, at a time in milliseconds. */
  see(tree: MeetTree, stage: number, now: number): Held {
    const there = this.#turn === null ? null : entryOf(tree, this.#turn.lifter);
    if (this.#turn !== null && there !== null) {
      const open = isOpen(there, this.#turn);
      if (this.#open && !open) this.#decided = now;
      if (open) this.#decided = null;
      this.#open = open;
      const until = this.#decided === null ? now : this.#decided + this.#hold;
      const next = turnOn(tree, stage);
      if (until > now && !same(next, this.#turn)) return { turn: this.#turn, again: until };
    }
    const next = turnOn(tree, stage);
    if (!same(next, this.#turn)) {
      this.#turn = next;
      this.#decided = null;
      const entry = next === null ? null : entryOf(tree, next.lifter);
      this.#open = next !== null && entry !== null && isOpen(entry, next);
    }
    return { turn: this.#turn, again: null };
  }
}

/** The turn on a stage now; `null` if nobody's. */
export function turnOn(tree: MeetTree, number: number): Turn | null {
  const stage = tree.live[number];
  if (stage === undefined || stage.lift === null || stage.lifter === null) return null;
  const { flight, lift, lifter } = stage;
  const entry = entryOf(tree, lifter);
  return entry === null ? null : { flight, lift, lifter, attempt: attemptOnStage(entry, lift, stage.attempt) };
}

/** An entry; `null` if there is none of this id. */
export function entryOf(tree: MeetTree, id: number): MeetEntry | null {
  return tree.entries.find((entry) => entry.id === id) ?? null;
}

/** What to show of a stage of a display. It listens to the display while somebody listens to it. */
export function shownOf(display: Source<DisplaySnapshot>, stage: number, hold: number): Source<Shown | null> {
  const holder = new Holder(hold);
  const listeners = new Set<() => void>();
  let stop: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: Shown | null = null;
  const look = (): void => {
    clearTimeout(timer);
    const { tree, finished } = display.getSnapshot();
    if (tree === null) return;
    const now = performance.now();
    const { turn, again } = holder.see(tree, stage, now);
    if (again !== null) timer = setTimeout(look, again - now);
    if (shown?.tree === tree && shown.finished === finished && same(shown.turn, turn)) return;
    shown = { tree, turn, finished };
    for (const listener of listeners) listener();
  };
  return {
    subscribe(listener) {
      listeners.add(listener);
      stop ??= display.subscribe(look);
      look();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        stop?.();
        stop = null;
      };
    },
    getSnapshot: () => shown,
  };
}

function isOpen(entry: MeetEntry, { lift, attempt }: Turn): boolean {
  return attemptOf(entry, lift, attempt).result === "open";
}

function same(one: Turn | null, other: Turn | null): boolean {
  if (one === null || other === null) return one === other;
  return one.lifter === other.lifter && one.lift === other.lift && one.attempt === other.attempt && one.flight === other.flight;
}
