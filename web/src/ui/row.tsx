/**
 * One row of a board, and the placeholder for one that has not arrived. A row is drawn again only if something in it
 * changed; where it stands and how it gets there is told by `table.tsx`.
 */
import { memo } from "preact/compat";
import { useRef } from "preact/hooks";
import type { Row as RowData } from "scorelay";

import { hueOf, initialOf, nameOf, platformOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { HEAD_ROWS } from "../lib/geometry.ts";
import { useCountUp } from "./motion.ts";

/** How a row gets to its new place. */
export type Manner = "snap" | "glide" | "over" | "fade";

/** What a row shows. */
export interface RowProps {
  readonly row: RowData;
  /** Px from the layer's origin. */
  readonly y: number;
  /** How it gets there, if `y` changed. */
  readonly manner: Manner;
  /** Ranks gained lately. */
  readonly gained: number;
  readonly decimals: number;
  readonly pinned: boolean;
  readonly active: boolean;
  readonly marked: boolean;
}

/** Id of the element of a rank, for `aria-activedescendant`. */
export function rowId(rank: number): string {
  return `rank-${rank}`;
}

/** A row; `manner` alone is no reason to draw it again. */
export const Row = memo(DrawnRow, (a, b) =>
  a.row === b.row && a.y === b.y && a.gained === b.gained && a.decimals === b.decimals && a.pinned === b.pinned &&
  a.active === b.active && a.marked === b.marked);

function DrawnRow({ row, y, manner, gained, decimals, pinned, active, marked }: RowProps) {
  const { rank, entity, score } = row;
  const name = nameOf(entity);
  // Two names of one animation: changing between them starts it again.
  const faded = useRef(0);
  if (manner === "fade") faded.current = 1 + (faded.current % 2);
  const classes = ["row"];
  if (rank <= HEAD_ROWS) classes.push("head", `place-${rank}`);
  if (pinned) classes.push("mine");
  if (active) classes.push("active");
  if (marked) classes.push("marked");
  if (faded.current > 0) classes.push(`faded-${faded.current}`);
  return (
    <div
      role="row"
      id={rowId(rank)}
      class={classes.join(" ")}
      aria-rowindex={rank + 1}
      aria-selected={active}
      data-rank={rank}
      data-entity={entity}
      data-score={score}
      style={{
        transform: `translateY(${y}px)`,
        transition: manner === "glide" || manner === "over" ? "transform var(--glide)" : "none",
        zIndex: manner === "over" ? 1 : 0,
      }}
    >
      <span role="gridcell" class="rank">{format.count(rank)}</span>
      <Moved by={gained} />
      <span role="gridcell" class="who">
        <i class="avatar" aria-hidden="true" style={{ "--of": hueOf(entity) }}>{initialOf(entity)}</i>
        <span class="name">{name}</span>
        <span class="platform">{platformOf(entity)}</span>
      </span>
      <Score value={score} decimals={decimals} />
      <span role="gridcell" class="act">
        <button type="button" class="icon pin" tabIndex={-1} data-pin={entity} aria-pressed={pinned}
          aria-label={pinned ? `Unpin ${name}` : `Pin ${name}`} title={pinned ? "Unpin" : "Pin"} />
      </span>
    </div>
  );
}

/** A score that counts up. */
export function Score({ value, decimals }: { value: number; decimals: number }) {
  const element = useRef<HTMLSpanElement>(null);
  useCountUp(element, value, 10 ** -decimals, (figure) => format.score(figure, decimals));
  return <span role="gridcell" class="score" ref={element} />;
}

/** Ranks gained or lost lately, by sign and by colour. */
export function Moved({ by }: { by: number }) {
  if (by === 0) return <span role="gridcell" class="moved" />;
  const ranks = format.count(Math.abs(by));
  return (
    <span role="gridcell" class={by > 0 ? "moved up" : "moved down"} title="Ranks within the last minute">
      <span aria-hidden="true">{by > 0 ? "▲" : "▼"}{ranks}</span>
      <span class="spoken">{by > 0 ? `up ${ranks}` : `down ${ranks}`}</span>
    </span>
  );
}

/** Stands where a row will be. */
export const Placeholder = memo(function Placeholder({ rank, y, active }: { rank: number; y: number; active: boolean }) {
  return (
    <div role="row" id={rowId(rank)} class={`row waiting${rank <= HEAD_ROWS ? " head" : ""}${active ? " active" : ""}`}
      aria-rowindex={rank + 1} aria-busy="true" data-waiting={rank} style={{ transform: `translateY(${y}px)` }}>
      <span role="gridcell" class="rank">{format.count(rank)}</span>
      <span role="gridcell" class="moved" />
      <span role="gridcell" class="who"><i class="avatar" /><i class="bar" /><span class="spoken">on its way</span></span>
      <span role="gridcell" class="score"><i class="bar short" /></span>
      <span role="gridcell" class="act" />
    </div>
  );
});
