/**
 * What a client keeps for each view and each followed entity, and what is seen of them before the first record comes.
 */

import type { OwnedStore } from "./store.js";
import type { BoardSnapshot, TrackSnapshot, Window } from "./types.js";

/** A view that is open. */
export interface ViewEntry {
  readonly board: string;
  window: Window;
  /** The core's number for it, once the core is there. */
  number: number | null;
  readonly store: OwnedStore<BoardSnapshot>;
}

/** An entity that is followed. */
export interface TrackEntry {
  /** How many `Tracked` of it are open. */
  holders: number;
  readonly store: OwnedStore<TrackSnapshot>;
}

/** A view of which nothing is known. */
export function emptyView(board: string, from: number): BoardSnapshot {
  return {
    board,
    presence: "unknown",
    title: "",
    unit: "",
    decimals: 0,
    synthetic: false,
    total: 0,
    from,
    rows: [],
    complete: false,
    held: false,
  };
}

/** An entity of which nothing is known. */
export function emptyTrack(entity: string): TrackSnapshot {
  return { entity, places: [], known: false, held: false };
}

/** Lets `using` close it, where there is such a thing. */
export function disposable<T extends { close(): void }>(handle: T): T & { [Symbol.dispose](): void } {
  if (typeof Symbol.dispose === "symbol") {
    Object.defineProperty(handle, Symbol.dispose, { value: handle.close, configurable: true });
  }
  return handle as T & { [Symbol.dispose](): void };
}
