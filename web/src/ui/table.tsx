/**
 * The table of one board: as high as if all rows were there, with only those in sight watched and drawn. It owns no
 * data: rows come from `scorelay/react`, positions from `scroller.ts`, and `row-list.ts` draws them.
 */
import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useSyncExternalStore } from "preact/compat";
import type { BoardSnapshot, Profile, Row as RowData } from "scorelay";
import { useProfiles } from "scorelay/react";

import { hasProfile } from "../lib/entity.ts";
import { count, score, width } from "../lib/format.ts";
import { widen } from "../lib/geometry.ts";
import { Movement } from "../lib/movement.ts";
import { RowList } from "./row-list.ts";
import type { Scroller, Sight } from "./scroller.ts";
import { rowId } from "./slot.ts";
import { useGridKeys } from "./use-grid-keys.ts";

/** Rows drawn beyond the edges. */
const OVERSCAN = 3;

/** What the table needs. */
export interface TableProps {
  readonly snapshot: BoardSnapshot;
  readonly title: string;
  readonly unit: string;
  /** Rows on the board. */
  readonly total: number;
  readonly scroller: Scroller;
  readonly pins: readonly string[];
  /** The rank that the keyboard is on. */
  readonly active: number | null;
  readonly onActive: (rank: number | null) => void;
  /** The entity that was searched for. */
  readonly marked: string | null;
  readonly onPin: (entity: string) => void;
  /** What lies over the rows. */
  readonly children?: ComponentChildren;
}

/** The ranks drawn and the rows of them that are there. */
function useDrawn(snapshot: BoardSnapshot, sight: Sight, total: number) {
  return useMemo(() => {
    const { from, to } = widen(sight.ranks, OVERSCAN, total);
    const rows: (RowData | null)[] = [];
    for (let rank = from; rank <= Math.min(to, total); rank++) rows.push(snapshot.rows[rank - snapshot.from] ?? null);
    return { from, rows };
  }, [snapshot, sight, total]);
}

/** The widest that a score has been so far, in em: it decides the width of its column. */
function useScoreWidth(snapshot: BoardSnapshot): number {
  const widest = useRef(0);
  for (const row of [snapshot.rows[0], snapshot.rows.at(-1)]) {
    if (row != null) widest.current = Math.max(widest.current, width(score(row.score, snapshot.decimals)));
  }
  return widest.current;
}

/** Profiles of the rows drawn, and whether the board was exported: then these say where each row stood. */
function useDrawnProfiles(board: string, rows: readonly (RowData | null)[]) {
  const profiles = useProfiles(rows.flatMap((row) => (row !== null && hasProfile(row.entity) ? [row.entity] : [])));
  const exported = useRef(false);
  if (!exported.current) exported.current = [...profiles.values()].some(({ ranks }: Profile) => ranks[board] !== undefined);
  return { profiles, exported: exported.current };
}

/** The width of an element in px, as it changes. */
function useWidth(element: RefObject<HTMLElement>): number {
  const [px, setPx] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => setPx(element.current!.clientWidth));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return px;
}

/** A board's table. */
export function Table(props: TableProps) {
  const { snapshot, total, scroller, pins, active, onActive, marked, onPin } = props;
  const sight = useSyncExternalStore(scroller.subscribe, scroller.getSnapshot);
  const exact = snapshot.presence === "present" && snapshot.complete;
  const element = useRef<HTMLDivElement>(null);
  const slab = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => scroller.attach(element.current!, slab.current!), [scroller]);
  useLayoutEffect(() => scroller.setRows(total, exact), [scroller, total, exact]);

  const { from, rows } = useDrawn(snapshot, sight, total);
  const movement = useMemo(() => new Movement(), [snapshot.board]);
  useMemo(() => movement.note(snapshot.rows, performance.now()), [movement, snapshot.rows]);

  const { profiles, exported } = useDrawnProfiles(snapshot.board, rows);

  const names = useRef<HTMLSpanElement>(null);
  const room = useWidth(names);
  const scoreWidth = useScoreWidth(snapshot);
  const list = useRef<RowList | null>(null);
  useLayoutEffect(() => {
    list.current = new RowList(slab.current!);
    return () => list.current?.close();
  }, []);
  useLayoutEffect(() => {
    list.current!.draw({ snapshot, from, rows, origin: sight.origin, movement, exported, profiles, pins, active, marked, room });
  }, [snapshot, from, rows, sight.origin, movement, exported, profiles, pins, active, marked, room]);

  const entityAt = useCallback((rank: number) => snapshot.rows[rank - snapshot.from]?.entity ?? null, [snapshot]);
  const onKeyDown = useGridKeys({ scroller, total, active, onActive, onPin, entityAt });
  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const pin = target.closest<HTMLElement>("[data-pin]")?.dataset["pin"];
    if (pin !== undefined) onPin(pin);
    else onActive(Number(target.closest<HTMLElement>("[data-rank]")?.dataset["rank"] ?? 0) || null);
  };
  const drawnActive = active !== null && active >= from && active < from + rows.length;
  const here = rows.length > 0 && rows.every((row) => row !== null);

  return (
    <div class="scroller" ref={element}>
      <div class="spacer">
        <div class="layer">
          <div
            role="grid"
            class="table"
            tabIndex={0}
            aria-label={`${props.title}, ranked`}
            aria-rowcount={total + 1}
            aria-readonly="true"
            aria-activedescendant={drawnActive ? rowId(active) : undefined}
            data-complete={here && !snapshot.held}
            data-total={total}
            style={{ "--rank-em": width(count(total)), "--score-em": scoreWidth }}
            onKeyDown={onKeyDown}
            onClick={onClick}
          >
            <div role="row" class="heads" aria-rowindex={1}>
              <span role="columnheader" class="rank" aria-label="Rank">#</span>
              <span role="columnheader" class="moved"><span class="spoken">{exported ? "Movement since the last export" : "Movement in the last minute"}</span></span>
              <span role="columnheader" class="who" ref={names}>Name</span>
              <span role="columnheader" class="score">{props.unit || "Score"}</span>
              <span role="columnheader" class="act"><span class="spoken">Pin</span></span>
            </div>
            <div role="rowgroup" class="rows">
              <div role="none" class="slab" ref={slab} />
            </div>
          </div>
          {props.children}
        </div>
      </div>
    </div>
  );
}
