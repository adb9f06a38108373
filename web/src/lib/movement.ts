/**
 * Remembers at which rank each row stood about a minute ago, for the column that says who rises. Only rows that were
 * looked at are remembered, and those not seen for two spans are forgotten. Time is an argument.
 */

/** Milliseconds after which a rank seen becomes the one to compare with. */
export const SPAN = 30_000;

interface Seen {
  readonly entity: string;
  readonly rank: number;
}

/** Ranks of one board. */
export class Movement {
  #older = new Map<string, number>();
  #newer = new Map<string, number>();
  #turned: number | null = null;

  /** Takes in rows as they stand now. */
  note(rows: ReadonlyArray<Seen | null>, now: number): void {
    this.#turned ??= now;
    if (now - this.#turned >= SPAN) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#turned = now;
    }
    for (const row of rows) {
      if (row !== null && !this.#newer.has(row.entity)) this.#newer.set(row.entity, row.rank);
    }
  }

  /** Ranks gained since 30 to 60 seconds ago (or since first seen); negative where lost. */
  of(entity: string, rank: number): number {
    const before = this.#older.get(entity) ?? this.#newer.get(entity) ?? rank;
    return before - rank;
  }
}
