/**
 * Where rows stand, by arithmetic alone: the first three share a podium, every other row is 44 px high, so that nothing is ever
 * measured. Also the scaling of scroll ranges that a browser could not hold. It knows no DOM; see `ui/scroller.ts`.
 *
 * Why not @tanstack/virtual: it keeps an array of measurements and makes it anew whenever the count changes. Measured with
 * virtual-core 3.19.11 under Node 20 on a shared two-core machine, a board of 1,000,000 rows took 24 MB and 71 to 77 ms
 * (median) for each single row that joined; such a board grows many times a second. The functions below take no memory
 * and less than a microsecond.
 */

/** Height of a row in px. */
export const ROW = 44;
/** How many rows stand side by side on the podium. */
export const PODIUM_ROWS = 3;
/** Height of the podium in px, however many stand on it. */
export const PODIUM = 200;
/**
 * The longest scroll range in px. Firefox ends near 17.9 million and Chrome near 33, but scroll positions are single
 * precision numbers: up to 8 million they are exact to half a pixel.
 */
export const MAX_RANGE = 8_000_000;
/**
 * In a scaled range, a scroll of at most this many px is taken as it is (a wheel, a finger); a longer one is a drag of
 * the scroll bar, whose smallest step is thousands of px there.
 */
export const NEAR = 2_000;

/** Ranks, 1-based, both included; empty where `to < from`. */
export interface Ranks {
  readonly from: number;
  readonly to: number;
}

/** The y of a row's upper edge on a board drawn in full, in px. */
export function rowTop(rank: number): number {
  return onPodium(rank) ? 0 : PODIUM + (rank - 1 - PODIUM_ROWS) * ROW;
}

/** Whether a rank stands on the podium. */
export function onPodium(rank: number): boolean {
  return rank <= PODIUM_ROWS;
}

/** The column of the podium that a rank stands in, from the left: the first in the middle. */
export function podiumColumn(rank: number): number {
  return [1, 0, 2][rank - 1]!;
}

/** Height of a row in px. */
export function rowHeight(rank: number): number {
  return onPodium(rank) ? PODIUM : ROW;
}

/** Height of a board drawn in full, in px. */
export function boardHeight(rows: number): number {
  return rows === 0 ? 0 : bottom(rows);
}

function bottom(rank: number): number {
  return rowTop(rank) + rowHeight(rank);
}

/** The rank drawn at `y`, the first of the podium there, within 1 to `rows`; 1 on an empty board. */
export function rankAt(y: number, rows: number): number {
  const rank = y < PODIUM ? 1 : Math.floor((y - PODIUM) / ROW) + PODIUM_ROWS + 1;
  return Math.max(1, Math.min(rank, rows));
}

/** The same, but the last of the podium there. */
function lastAt(y: number, rows: number): number {
  return y < PODIUM ? Math.min(PODIUM_ROWS, rows) : rankAt(y, rows);
}

/** The ranks that can be seen, also in part, in a viewport of `height` px at `offset`. */
export function ranksIn(offset: number, height: number, rows: number): Ranks {
  if (rows === 0 || height <= 0) return { from: 1, to: 0 };
  return { from: rankAt(offset, rows), to: lastAt(offset + height - 0.01, rows) };
}

/** The ranks that can be seen whole. */
export function wholeIn(offset: number, height: number, rows: number): Ranks {
  const { from, to } = ranksIn(offset, height, rows);
  // All of the podium is cut off at once.
  return {
    from: rowTop(from) < offset ? Math.max(from, PODIUM_ROWS) + 1 : from,
    to: bottom(to) > offset + height ? (onPodium(to) ? 0 : to - 1) : to,
  };
}

/** The same ranks with `more` on each side, within the board. */
export function widen(ranks: Ranks, more: number, rows: number): Ranks {
  if (ranks.to < ranks.from) return ranks;
  return { from: Math.max(1, ranks.from - more), to: Math.min(rows, ranks.to + more) };
}

/** The window to watch for these ranks: in steps, so that a scroll by a row seldom moves it. */
export function windowFor(ranks: Ranks, step: number, rows: number): Ranks {
  const from = Math.floor((ranks.from - 1) / step) * step + 1;
  const to = Math.ceil(Math.max(ranks.to, ranks.from) / step) * step;
  return { from, to: Math.max(from, Math.min(to, Math.max(rows, ranks.to))) };
}

/** Where a viewport stands on a board. All in px. */
export interface Extent {
  /** Height of the board drawn in full. */
  readonly board: number;
  /** Height of the viewport. */
  readonly viewport: number;
}

/** How far one can scroll over the whole board. */
export function maxOffset({ board, viewport }: Extent): number {
  return Math.max(0, board - viewport);
}

/** The height to give the browser for its scroll bar. */
export function scrollHeight({ board }: Extent): number {
  return Math.min(board, MAX_RANGE);
}

/** Whether the browser's range is shorter than the board. */
export function isScaled({ board }: Extent): boolean {
  return board > MAX_RANGE;
}

/** The browser's scroll position for an offset on the board. */
export function toScrollTop(offset: number, extent: Extent): number {
  if (!isScaled(extent)) return offset;
  const range = scrollHeight(extent) - extent.viewport;
  return (offset / maxOffset(extent)) * range;
}

/** The offset on the board for the browser's scroll position. */
export function toOffset(scrollTop: number, extent: Extent): number {
  if (!isScaled(extent)) return clampOffset(scrollTop, extent);
  const range = scrollHeight(extent) - extent.viewport;
  return clampOffset((scrollTop / range) * maxOffset(extent), extent);
}

/** The offset after the browser scrolled from one position of its own to another. */
export function scrolled(offset: number, before: number, after: number, extent: Extent): number {
  if (!isScaled(extent)) return clampOffset(after, extent);
  const by = after - before;
  return Math.abs(by) <= NEAR ? clampOffset(offset + by, extent) : toOffset(after, extent);
}

/** The nearest offset there is. */
export function clampOffset(offset: number, extent: Extent): number {
  return Math.max(0, Math.min(offset, maxOffset(extent)));
}

/** Where in the viewport the row stands that the address names: a third down. */
export function anchorLine(viewport: number): number {
  return viewport / 3;
}

/** The offset that puts a rank on the anchor line. */
export function offsetFor(rank: number, extent: Extent): number {
  return clampOffset(rowTop(rank) + rowHeight(rank) / 2 - anchorLine(extent.viewport), extent);
}

/** The rank on the anchor line; `null` at the very top, which needs no name. */
export function anchorRank(offset: number, extent: Extent, rows: number): number | null {
  return offset < 1 || rows === 0 ? null : rankAt(offset + anchorLine(extent.viewport), rows);
}

/** What covers the viewport's edges, in px. */
export interface Insets {
  readonly top: number;
  readonly bottom: number;
}

/** The least change of the offset that shows a rank whole between the insets. */
export function reveal(rank: number, offset: number, insets: Insets, extent: Extent): number {
  const top = rowTop(rank) - insets.top;
  const end = bottom(rank) + insets.bottom;
  if (top < offset) return clampOffset(top, extent);
  if (end > offset + extent.viewport) return clampOffset(end - extent.viewport, extent);
  return offset;
}
