/**
 * Scores that count up. What counts is kept by entity, as rows change places while they do. Few count at a time and in
 * few steps: each step is a change of the page.
 */
import type { Row } from "scorelay";

import * as format from "../lib/format.ts";
import { Noise } from "../lib/moves.ts";
import { isCalm } from "./motion.ts";

/** Scores that change within two seconds or so; where more do, they change at once, for calm and for cost. */
const MOST = 12;
/** Steps of a board's scores below which there is nothing to count. */
const FAR = 5;
/** Milliseconds of a count. */
const LENGTH = 420;
/** Milliseconds between two figures. */
const STEP = 60;

interface Count {
  readonly from: number;
  readonly to: number;
  readonly begun: number;
  readonly decimals: number;
}

/** The counts of a table. */
export class CountUps {
  readonly #show: (entity: string, text: string) => void;
  readonly #scores = new Map<string, number>();
  readonly #running = new Map<string, Count>();
  readonly #noise = new Noise();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `show` is called with each figure between. */
  constructor(show: (entity: string, text: string) => void) {
    this.#show = show;
  }

  /** What to write for a row now. */
  figure({ entity, score }: Row, decimals: number): string {
    const before = this.#scores.get(entity);
    this.#scores.set(entity, score);
    const now = performance.now();
    const running = this.#running.get(entity);
    if (running?.to === score) return write(running, now);
    const from = running === undefined ? before : valueOf(running, now);
    const far = from !== undefined && Math.abs(score - from) >= FAR * 10 ** -decimals;
    const busy = from !== undefined && from !== score && this.#noise.add(1, now) > MOST;
    if (!far || busy || isCalm() || document.hidden) {
      this.#running.delete(entity);
      return format.score(score, decimals);
    }
    const count = { from, to: score, begun: now, decimals };
    this.#running.set(entity, count);
    this.#timer ??= setInterval(() => this.#tick(), STEP);
    return write(count, now);
  }

  /** Forgets all that are not `present`. */
  keep(present: ReadonlyMap<string, unknown>): void {
    for (const entity of this.#scores.keys()) {
      if (present.has(entity)) continue;
      this.#scores.delete(entity);
      this.#running.delete(entity);
    }
  }

  /** Ends all counts. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#running.clear();
  }

  #tick(): void {
    const now = performance.now();
    for (const [entity, count] of this.#running) {
      if (now - count.begun >= LENGTH) this.#running.delete(entity);
      this.#show(entity, write(count, now));
    }
    if (this.#running.size === 0) this.close();
  }
}

function valueOf({ from, to, begun }: Count, now: number): number {
  const part = Math.min(1, (now - begun) / LENGTH);
  return part === 1 ? to : from + (to - from) * (1 - (1 - part) ** 3);
}

function write(count: Count, now: number): string {
  return format.score(valueOf(count, now), count.decimals);
}
