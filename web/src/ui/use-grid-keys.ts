/** The keyboard on the table: it moves over the whole board, row by row, also where rows have not arrived yet. */
import { useCallback } from "preact/hooks";

import type { Scroller } from "./scroller.ts";

/** What the keys act on. */
export interface GridKeys {
  readonly scroller: Scroller;
  readonly total: number;
  readonly active: number | null;
  readonly onActive: (rank: number | null) => void;
  readonly onPin: (entity: string) => void;
  /** Who stands at a rank, where that is known. */
  readonly entityAt: (rank: number) => string | null;
}

/** A listener for `keydown`. */
export function useGridKeys(keys: GridKeys): (event: KeyboardEvent) => void {
  const { scroller, total, active, onActive, onPin, entityAt } = keys;
  return useCallback((event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || total === 0) return;
    const next = destination(event.key, active, scroller, total);
    if (next !== null) {
      event.preventDefault();
      scroller.touch();
      const rank = Math.max(1, Math.min(next, total));
      onActive(rank);
      scroller.reveal(rank);
    } else if ((event.key === "Enter" || event.key === "p") && active !== null) {
      const entity = entityAt(active);
      if (entity === null) return;
      event.preventDefault();
      onPin(entity);
    } else if (event.key === "Escape") {
      onActive(null);
    }
  }, [scroller, total, active, onActive, onPin, entityAt]);
}

function destination(key: string, active: number | null, scroller: Scroller, total: number): number | null {
  const { whole } = scroller.getSnapshot();
  const inSight = active !== null && active >= whole.from - 1 && active <= whole.to + 1;
  const from = inSight ? active : null;
  switch (key) {
    case "ArrowDown":
      return from === null ? whole.from : from + 1;
    case "ArrowUp":
      return from === null ? whole.to : from - 1;
    case "PageDown":
    case " ":
      return (from ?? whole.from) + scroller.pageRows;
    case "PageUp":
      return (from ?? whole.to) - scroller.pageRows;
    case "Home":
      return 1;
    case "End":
      return total;
    default:
      return null;
  }
}
