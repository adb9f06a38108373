/**
 * Draws the rows in sight: one slot per rank, in the order of the ranks. Rows that change places glide from where they
 * stood, a handful at a time; scores count up. It decides nothing about what is in sight; see `scroller.ts`.
 */
import type { BoardSnapshot, Profile, Row } from "scorelay";

import { onPodium, podiumColumn, rowTop } from "../lib/geometry.ts";
import { Calm, movers } from "../lib/moves.ts";
import type { Movement } from "../lib/movement.ts";
import { CountUps } from "./count-up.ts";
import { isCalm } from "./motion.ts";
import { Slot } from "./slot.ts";

/** More moves at once than this are no longer shown one by one. */
const HANDFUL = 5;
/** Rows that fade at once. */
const FADES = 6;

/** What is drawn at once. */
export interface Drawing {
  /** The source of all rows: rows of another one may have moved. */
  readonly snapshot: BoardSnapshot;
  /** Rank of the first row. */
  readonly from: number;
  /** Rows from there on, `null` where one has not arrived. */
  readonly rows: readonly (Row | null)[];
  /** The y on the board from which slots are placed. */
  readonly origin: number;
  /** Ranks of lately, for boards that were never exported. */
  readonly movement: Movement;
  /** Whether what is shown is how far rows moved since the board's last export. */
  readonly exported: boolean;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly pins: readonly string[];
  readonly active: number | null;
  readonly marked: string | null;
  /** Width of the column of names in px. */
  readonly room: number;
}

/** The rows of a table. */
export class RowList {
  readonly #parent: HTMLElement;
  readonly #calm = new Calm();
  readonly #counts: CountUps;
  #slots = new Map<number, Slot>();
  #byEntity = new Map<string, Slot>();
  #last: Drawing | null = null;

  constructor(parent: HTMLElement) {
    this.#parent = parent;
    this.#counts = new CountUps((entity, text) => this.#byEntity.get(entity)?.showScore(text));
  }

  /** Draws. What is the same as before is not touched. */
  draw(next: Drawing): void {
    const last = this.#last;
    const changed = last !== null && last.snapshot !== next.snapshot && last.snapshot.board === next.snapshot.board;
    const moves = changed && last.origin === next.origin && !isCalm() ? this.#moves(next.rows) : NONE;
    this.#place(next, last?.origin !== next.origin);
    this.#write(next);
    for (const { rank, by, over } of moves) {
      if (by === null) this.#slots.get(rank)?.fade();
      else this.#slots.get(rank)?.glide(by, over);
    }
    this.#last = next;
  }

  /** Ends what runs. */
  close(): void {
    this.#counts.close();
    for (const slot of this.#slots.values()) slot.stop();
  }

  /** Gives each rank in sight a slot, used ones first, in the order of the ranks. */
  #place({ from, rows, origin }: Drawing, moved: boolean): void {
    const to = from + rows.length - 1;
    const free: Slot[] = [];
    const slots = new Map<number, Slot>();
    for (const [rank, slot] of this.#slots) {
      if (rank < from || rank > to) free.push(slot);
    }
    let before: ChildNode | null = this.#parent.firstChild;
    for (let rank = from; rank <= to; rank++) {
      const old = this.#slots.get(rank);
      const slot = old ?? free.pop() ?? new Slot();
      if (old === undefined || moved) slot.place(rank, rowTop(rank) - origin);
      if (slot.element === before) before = before.nextSibling;
      else this.#parent.insertBefore(slot.element, before);
      slots.set(rank, slot);
    }
    for (const slot of free) {
      slot.stop();
      slot.element.remove();
    }
    this.#slots = slots;
  }

  #write({ snapshot, from, rows, movement, exported, profiles, pins, active, marked, room }: Drawing): void {
    this.#byEntity = new Map();
    rows.forEach((row, at) => {
      const rank = from + at;
      const slot = this.#slots.get(rank)!;
      if (row === null) {
        slot.wait(active === rank);
        return;
      }
      this.#byEntity.set(row.entity, slot);
      const profile = profiles.get(row.entity) ?? null;
      const before = profile?.ranks[snapshot.board];
      const another = slot.show(row, {
        gained: !exported ? movement.of(row.entity, rank) : before === undefined ? 0 : before - rank,
        since: exported ? "export" : "lately",
        profile,
        pinned: pins.includes(row.entity),
        active: active === rank,
        marked: marked === row.entity,
        room,
      });
      if (another) slot.showScore(this.#counts.figure(row, snapshot.decimals));
    });
    this.#counts.keep(this.#byEntity);
  }

  /** How rows get to their new places: decided before anything is written. */
  #moves(next: readonly (Row | null)[]): Move[] {
    const rows: Row[] = [];
    const former: Slot[] = [];
    for (const row of next) {
      const slot = row === null ? undefined : this.#byEntity.get(row.entity);
      if (row === null || slot === undefined) continue;
      rows.push(row);
      former.push(slot);
    }
    const changed = rows.filter((row, at) => former[at]!.rank !== row.rank).length;
    if (changed === 0) return NONE;
    const moved = movers(former.map(({ rank }) => rank));
    const now = performance.now();
    if (!this.#calm.mayGlide(moved.size, changed, now) || moved.size > HANDFUL) {
      if (!this.#calm.mayFade(now)) return NONE;
      return [...moved].slice(0, FADES).map((at) => ({ rank: rows[at]!.rank, by: null, over: false }));
    }
    return rows.flatMap(({ rank }, at) => {
      const slot = former[at]!;
      if (slot.rank === rank) return [];
      // Who comes to the podium or leaves it changes its size, and appears in its place.
      if (onPodium(slot.rank) !== onPodium(rank)) return { rank, by: null, over: false };
      const way = onPodium(rank) ? (podiumColumn(slot.rank) - podiumColumn(rank)) * 100 : rowTop(slot.rank) - rowTop(rank);
      return { rank, by: way + slot.away(), over: moved.has(at) && slot.rank > rank };
    });
  }
}

/** How the row at a rank gets there. */
interface Move {
  readonly rank: number;
  /** From how far; see `Slot.glide`. `null` to fade in. */
  readonly by: number | null;
  readonly over: boolean;
}

const NONE: Move[] = [];
