/**
 * Pinned rows: each stays at the edge of the view while its place on the board is out of sight, with its true rank, how
 * far it is to the next, and a jump that follows it. Which rows are pinned is decided by the address; see `app.tsx`.
 */
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { useSyncExternalStore } from "preact/compat";
import type { BoardSnapshot, Row, Standing } from "scorelay";
import { useBoardView, useTracked } from "scorelay/react";

import { hueOf, initialOf, nameOf, platformOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import type { Ranks } from "../lib/geometry.ts";
import { distance, sides } from "../lib/pinned.ts";
import type { Side } from "../lib/pinned.ts";
import type { Scroller } from "./scroller.ts";

/** Height of a pinned row in px. */
const PIN = 52;

/** What the pinned rows need. */
export interface PinsProps {
  readonly board: BoardSnapshot;
  readonly pins: readonly string[];
  readonly scroller: Scroller;
  /** Whose place the view follows. */
  readonly follow: string | null;
  readonly onFollow: (entity: string) => void;
  readonly onUnpin: (entity: string) => void;
}

/** All pinned rows of a board. */
export function Pins(props: PinsProps) {
  const { board, pins, scroller } = props;
  const { whole } = useSyncExternalStore(scroller.subscribe, scroller.getSnapshot);
  const [ranks, setRanks] = useState<ReadonlyMap<string, number | null>>(new Map());
  const report = useCallback((entity: string, rank: number | null) => {
    setRanks((were) => (were.get(entity) === rank ? were : new Map(were).set(entity, rank)));
  }, []);
  const places = useMemo(() => sides(pins, ranks, whole), [pins, ranks, whole]);
  const above = pins.filter((pin) => places.get(pin) === "above").length;
  const below = pins.filter((pin) => places.get(pin) === "below").length;
  useLayoutEffect(() => scroller.setInsets({ top: above * PIN, bottom: below * PIN }), [scroller, above, below]);
  return (
    <aside class="pins" aria-label="Pinned rows">
      {pins.map((entity) => (
        <Pin key={entity} {...props} entity={entity} title={board.title} side={places.get(entity) ?? "unknown"}
          whole={whole} report={report} />
      ))}
      <span class="between" />
    </aside>
  );
}

interface PinProps extends PinsProps {
  readonly entity: string;
  readonly title: string;
  readonly side: Side;
  readonly whole: Ranks;
  readonly report: (entity: string, rank: number | null) => void;
}

function Pin(props: PinProps) {
  const { board, entity, side, scroller, follow, whole, report, onFollow, onUnpin } = props;
  const tracked = useTracked(entity);
  const told = tracked.places.find((place) => place.board === board.board)?.at ?? null;
  const { standing, next } = useNeighbours(board.board, entity, told, side !== "inside");
  const rank = standing?.rank ?? null;
  const unknown = !tracked.known && rank === null;
  useEffect(() => report(entity, unknown ? null : rank), [entity, rank, unknown, report]);
  const following = follow === entity;
  useEffect(() => {
    if (following && rank !== null && (rank < whole.from || rank > whole.to)) scroller.jump(rank);
  }, [following, rank, scroller]);

  if (side === "inside" || (side === "unknown" && unknown)) return null;
  const name = nameOf(entity);
  return (
    <div role="group" class={`pinned ${side}`} aria-label={`Pinned: ${name}`} data-pinned={entity}
      data-rank-now={rank ?? ""} style={{ order: orderOf(side, rank) }}>
      <span class="rank">{rank === null ? "–" : format.count(rank)}</span>
      <i class="avatar" aria-hidden="true" style={{ "--of": hueOf(entity) }}>{initialOf(entity)}</i>
      <span class="who">
        <span class="name">{name} <span class="platform">{platformOf(entity)}</span></span>
        <span class="gap">{standing === null ? "Not on this board yet" : distance(standing, next, board.decimals)}</span>
      </span>
      {standing !== null && <span class="score">{format.score(standing.score, board.decimals)}</span>}
      {rank !== null && (
        <button type="button" class="small" aria-pressed={following} onClick={() => { scroller.jump(rank); onFollow(entity); }}
          aria-label={`Jump to ${name}, rank ${format.count(rank)}`}>Jump</button>
      )}
      <button type="button" class="icon close" aria-label={`Unpin ${name}`} title="Unpin" onClick={() => onUnpin(entity)} />
    </div>
  );
}

/**
 * Where an entity stands, and who stands before it. A watched window of five rows tells at every tick; what is told of a
 * followed entity alone comes once a second.
 */
function useNeighbours(board: string, entity: string, told: Standing | null, wanted: boolean) {
  const around = useMemo(
    () => (told === null || !wanted ? null : { from: Math.max(1, told.rank - 2), to: told.rank + 2 }),
    [told?.rank, wanted],
  );
  const view = useBoardView(board, around);
  return useMemo(() => {
    const at = view.rows.findIndex((row) => row?.entity === entity);
    const own: Row | null = at < 0 ? null : view.rows[at] ?? null;
    const standing: Standing | null = own ?? told;
    const next = own === null ? null : (view.rows[own.rank === 1 ? at + 1 : at - 1] ?? null);
    return { standing, next };
  }, [view, told, entity]);
}

/** Those above stand before the gap in the order of their ranks, those below after it. */
function orderOf(side: Side, rank: number | null): number {
  return side === "above" ? (rank ?? 0) - 2_000_000_000 : (rank ?? 2_000_000_000);
}
