/**
 * Ties `lib/geometry.ts` to a scrolling element: keeps the offset on the board, moves the rows under it, and says which
 * ranks are in sight. The rows hang in a sticky layer as high as the viewport, so that however far a drag of the scroll
 * bar goes there is never a frame without rows. What the rows are is not its business; see `table.tsx`.
 */
import type { Extent, Insets, Ranks } from "../lib/geometry.ts";
import * as geometry from "../lib/geometry.ts";

/** Rows more than this many px from the layer's origin would lose precision; then the origin moves. */
const FAR = 200_000;
/** Milliseconds without a scroll after which a scaled scroll bar is put where it belongs. */
const QUIET = 160;
/** Height of the column heads in px, which stand in the layer above the rows. */
export const HEADS = 36;

const NONE: Ranks = { from: 1, to: 0 };

/** What is in sight. The same object until it changes. */
export interface Sight {
  /** Ranks in sight, also in part. */
  readonly ranks: Ranks;
  /** Ranks in sight whole. */
  readonly whole: Ranks;
  /** The rank that the address names; `null` at the top. */
  readonly anchor: number | null;
  /** The y on the board from which rows are placed. */
  readonly origin: number;
}

/** The scrolling of one board. */
export class Scroller {
  #element: HTMLElement | null = null;
  #spacer: HTMLElement | null = null;
  #layer: HTMLElement | null = null;
  #slab: HTMLElement | null = null;
  #insets: Insets = { top: 0, bottom: 0 };
  #offset = 0;
  #scrollTop = 0;
  #viewport = 0;
  #rows = 0;
  #exact = false;
  #origin = 0;
  #wanted: number | null;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #sight: Sight = { ranks: NONE, whole: NONE, anchor: null, origin: 0 };
  readonly #listeners = new Set<() => void>();
  readonly #touched = new Set<() => void>();

  /** Begins at a rank, as soon as there are rows; `null`: at the top. */
  constructor(rank: number | null) {
    this.#wanted = rank;
  }

  /** The rank that is waited for because the board's size is not known yet. */
  get wanted(): number | null {
    return this.#wanted;
  }

  readonly getSnapshot = (): Sight => this.#sight;

  /** Calls `listener` after each change of what is in sight. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls `listener` when somebody scrolls by hand. */
  onTouched(listener: () => void): () => void {
    this.#touched.add(listener);
    return () => this.#touched.delete(listener);
  }

  /** Takes over the element that holds `slab`, the parent of the rows, in a sticky layer in a spacer. Gives back what undoes that. */
  attach(element: HTMLElement, slab: HTMLElement): () => void {
    this.#element = element;
    this.#spacer = element.firstElementChild as HTMLElement;
    this.#layer = this.#spacer.firstElementChild as HTMLElement;
    this.#slab = slab;
    const scroll = () => this.#scrolled();
    const wheel = (event: WheelEvent) => this.#wheeled(event);
    const touched = () => this.touch();
    const sized = new ResizeObserver(() => this.#resized());
    element.addEventListener("scroll", scroll, { passive: true });
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("touchmove", touched, { passive: true });
    element.addEventListener("mousedown", touched);
    sized.observe(element);
    this.#resized();
    return () => {
      element.removeEventListener("scroll", scroll);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("touchmove", touched);
      element.removeEventListener("mousedown", touched);
      sized.disconnect();
      clearTimeout(this.#quiet);
      this.#element = this.#spacer = this.#layer = this.#slab = null;
    };
  }

  /** Says that somebody moved the view by hand. */
  touch(): void {
    for (const listener of [...this.#touched]) listener();
  }

  /**
   * Sets how many rows the board has; `exact` where that is not from a directory, which may be half a minute old. What is
   * in sight stays where it is, unless the board became too short.
   */
  setRows(rows: number, exact: boolean): void {
    if (rows === this.#rows && exact === this.#exact) return;
    this.#rows = rows;
    this.#exact = exact;
    this.#stretch();
    this.#arrive();
    this.#move(geometry.clampOffset(this.#offset, this.#extent));
  }

  /** Puts a rank on the anchor line. */
  jump(rank: number): void {
    this.#wanted = rank;
    this.#arrive();
  }

  /** Scrolls as little as shows the rank between the insets. */
  reveal(rank: number): void {
    this.#go(geometry.reveal(rank, this.#offset, this.#insets, this.#extent));
  }

  /** Says what covers the edges. */
  setInsets(insets: Insets): void {
    this.#insets = insets;
  }

  /** Rows that fit into the viewport. */
  get pageRows(): number {
    return Math.max(1, Math.floor(this.#viewport / geometry.ROW) - 1);
  }

  get #extent(): Extent {
    return { board: geometry.boardHeight(this.#rows), viewport: this.#viewport };
  }

  #arrive(): void {
    if (this.#wanted === null || this.#rows === 0 || this.#viewport === 0) return;
    if (this.#wanted > this.#rows && !this.#exact) return;
    const rank = Math.min(this.#wanted, this.#rows);
    this.#wanted = null;
    this.#go(geometry.offsetFor(rank, this.#extent));
  }

  /** Moves the board and the browser's scroll bar. */
  #go(offset: number): void {
    this.#move(offset);
    this.#align();
  }

  #align(): void {
    if (this.#element === null) return;
    const top = geometry.toScrollTop(this.#offset, this.#extent);
    if (Math.abs(this.#element.scrollTop - top) >= 1) this.#element.scrollTop = top;
    this.#scrollTop = this.#element.scrollTop;
  }

  #scrolled(): void {
    const before = this.#scrollTop;
    const after = this.#element?.scrollTop ?? 0;
    if (after === before) return;
    this.#scrollTop = after;
    this.#move(geometry.scrolled(this.#offset, before, after, this.#extent));
    if (!geometry.isScaled(this.#extent)) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#settle(), QUIET);
  }

  /** Puts the scroll bar where it belongs, unless it moved again and only the event is still to come. */
  #settle(): void {
    if (this.#element?.scrollTop === this.#scrollTop) this.#align();
  }

  /** A wheel on a scaled board moves rows, not a fraction of the range. */
  #wheeled(event: WheelEvent): void {
    if (event.deltaY !== 0) this.touch();
    if (event.ctrlKey || event.deltaY === 0 || !geometry.isScaled(this.#extent)) return;
    event.preventDefault();
    const step = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? geometry.ROW : this.#viewport;
    this.#go(geometry.clampOffset(this.#offset + event.deltaY * step, this.#extent));
  }

  #resized(): void {
    const height = Math.max(0, (this.#element?.clientHeight ?? 0) - HEADS);
    if (height === this.#viewport) return;
    this.#viewport = height;
    if (this.#layer !== null) this.#layer.style.height = `${height + HEADS}px`;
    this.#stretch();
    this.#arrive();
    this.#move(geometry.clampOffset(this.#offset, this.#extent));
    this.#align();
  }

  #stretch(): void {
    if (this.#spacer === null) return;
    const height = `${Math.max(geometry.scrollHeight(this.#extent), this.#viewport) + HEADS}px`;
    if (this.#spacer.style.height !== height) this.#spacer.style.height = height;
  }

  #move(offset: number): void {
    this.#offset = offset;
    if (Math.abs(offset - this.#origin) > FAR) {
      this.#origin = geometry.rowTop(geometry.rankAt(offset, this.#rows));
    }
    if (this.#slab !== null) {
      this.#slab.style.transform = `translate3d(0,${Math.round(this.#origin - offset)}px,0)`;
    }
    this.#look();
  }

  #look(): void {
    const ranks = geometry.ranksIn(this.#offset, this.#viewport, this.#rows);
    const anchor = geometry.anchorRank(this.#offset, this.#extent, this.#rows);
    const was = this.#sight;
    const whole = geometry.wholeIn(this.#offset, this.#viewport, this.#rows);
    const same = equal(was.ranks, ranks) && equal(was.whole, whole) && was.anchor === anchor;
    if (same && was.origin === this.#origin) return;
    this.#sight = { ranks, whole, anchor, origin: this.#origin };
    for (const listener of [...this.#listeners]) listener();
  }
}

function equal(a: Ranks, b: Ranks): boolean {
  return a.from === b.from && a.to === b.to;
}
