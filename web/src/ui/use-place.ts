/**
 * Where a pinned entity stands and who stands before it. A watched window of five rows tells at every tick; what is told
 * of a followed entity alone comes once a second.
 */
import { useMemo } from "preact/hooks";
import type { Standing } from "scorelay";
import { useBoardView, useTracked } from "scorelay/react";

/** A place on a board. */
export interface Place {
  /** `null` where the entity does not stand on the board. */
  readonly standing: Standing | null;
  /** The one before it; after it, where it leads; `null` if that is not known. */
  readonly next: Standing | null;
}

/** Where an entity stands; `null` until a relay has told. With `near` its neighbours are watched too. */
export function usePlace(board: string, entity: string, near: boolean): Place | null {
  const { places, known } = useTracked(entity);
  const told = places.find((place) => place.board === board)?.at ?? null;
  const rank = told?.rank ?? null;
  const window = useMemo(() => (rank === null || !near ? null : { from: Math.max(1, rank - 2), to: rank + 2 }), [rank, near]);
  const { rows } = useBoardView(board, window);
  return useMemo(() => {
    const at = rows.findIndex((row) => row?.entity === entity);
    const own = rows[at] ?? null;
    if (own === null) return known || told !== null ? { standing: told, next: null } : null;
    return { standing: own, next: rows[own.rank === 1 ? at + 1 : at - 1] ?? null };
  }, [rows, told, known, entity]);
}
