/**
 * Which rows really changed places between two drawings of a list. When one row overtakes ten, eleven ranks change and
 * one row moved. It decides nothing about how that is shown; see `ui/table.tsx`.
 */

/**
 * Takes the former ranks of the rows in their present order, and gives the positions in that list of those that moved:
 * the fewest without which the others would stand as they stood.
 */
export function movers(formerRanks: readonly number[]): Set<number> {
  const moved = new Set<number>();
  if (ascending(formerRanks)) return moved;
  // Patience sorting: `tails[k]` is the position that ends the best ascending run of k + 1 rows.
  const tails: number[] = [];
  const before = new Array<number>(formerRanks.length).fill(-1);
  formerRanks.forEach((rank, at) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (formerRanks[tails[middle]!]! < rank) low = middle + 1;
      else high = middle;
    }
    before[at] = low > 0 ? tails[low - 1]! : -1;
    tails[low] = at;
  });
  const stayed = new Set<number>();
  for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at]!) stayed.add(at);
  formerRanks.forEach((_, at) => {
    if (!stayed.has(at)) moved.add(at);
  });
  return moved;
}

/** Rows that may glide at once; a long page has more than can be followed. */
const AT_ONCE = 24;
/** Moves within `MEMORY` or so beyond which a board is so busy that motion is noise, and costs. */
const BUSY = 12;
/** Milliseconds in which what was moves less than half as much. */
const MEMORY = 2_000;
/** Milliseconds between two fades. */
const FADE_EVERY = 1_500;

/** How much goes on: what happened lately counts, and is forgotten. Time is an argument, in milliseconds. */
export class Noise {
  #level = 0;
  #at = 0;

  /** Adds what happens now, and gives what is remembered. */
  add(events: number, now: number): number {
    this.#level = this.#level * Math.exp(-Math.max(0, now - this.#at) / MEMORY) + events;
    this.#at = now;
    return this.#level;
  }
}

/** How much of what moves is shown as movement. Time is an argument, in milliseconds. */
export class Calm {
  readonly #noise = new Noise();
  #faded = Number.NEGATIVE_INFINITY;

  /** Whether so many moves, which change so many rows, may glide now. */
  mayGlide(moves: number, rows: number, now: number): boolean {
    return this.#noise.add(moves, now) <= BUSY && rows <= AT_ONCE;
  }

  /** Whether rows that moved may fade in now. */
  mayFade(now: number): boolean {
    if (now - this.#faded < FADE_EVERY) return false;
    this.#faded = now;
    return true;
  }
}

function ascending(ranks: readonly number[]): boolean {
  return ranks.every((rank, at) => at === 0 || ranks[at - 1]! < rank);
}
