/** The scoreboard. Rows move to their new places; a flight that does not fit is shown page by page. */
import { useEffect, useState } from "preact/hooks";

import type { Scoreboard, ScoreRow } from "../scene/scoreboard.ts";
import { Attempts } from "./attempts.tsx";
import { lengthClass } from "./length.ts";

/** So many rows are readable at once. */
const MOST = 16;
/** So long a page is shown. */
const PAGE_MS = 8000;

/** The content of the panel. */
export function ScoreboardView({ scene: { title, subtitle, unit, lifts, rows } }: { readonly scene: Scoreboard }) {
  const pages = Math.ceil(rows.length / MOST);
  const size = Math.ceil(rows.length / pages);
  const page = useTurning(pages);
  const attempts = lifts.reduce((sum, lift) => sum + lift.attempts.length, 0);
  const drawn = rows.slice(page * size, (page + 1) * size);
  return (
    <>
      <header class="scoreboard-head">
        <h2 class={`scoreboard-title${lengthClass(title)}`}>{title}</h2>
        <p class="scoreboard-about">
          {subtitle}{pages > 1 && <span class="page"> {page + 1} / {pages}</span>}
        </p>
      </header>
      <div class={`scoreboard-table${attempts > 12 ? " is-widest" : attempts > 9 ? " is-wide" : ""}`} style={{ "--rows": size }}>
        <div class="scoreboard-columns">
          <span class="row-place" />
          <span class="row-name" />
          {lifts.map(({ lift, name, attempts: columns, current }) => (
            <span key={lift} class={`row-lift${current ? " is-current" : ""}`} style={{ "--attempts": columns.length }}>{name}</span>
          ))}
          <span class="row-total">Total {unit}</span>
        </div>
        <ol class="scoreboard-rows" key={page}>
          {drawn.toSorted((a, b) => a.id - b.id).map((row) => <Row key={row.id} row={row} at={drawn.indexOf(row)} lifts={lifts} />)}
        </ol>
      </div>
    </>
  );
}

/** A row stands where `at` says, whatever its place in the document, so that it can glide. */
function Row({ row, at, lifts }: { readonly row: ScoreRow; readonly at: number; readonly lifts: Scoreboard["lifts"] }) {
  const { id, name, origin, weightClass, tiles, total, place, turn } = row;
  return (
    <li class={`scoreboard-row${turn === null ? "" : ` is-${turn}`}`} style={{ "--at": at }} data-entry={id} data-at={at}>
      <span class="row-place">{place}</span>
      <span class="row-name">
        <span class={`lifter-name${lengthClass(name)}`}>{name}</span>
        <span class="lifter-about">{[weightClass, origin].filter((part) => part !== "").join(" · ")}</span>
      </span>
      {lifts.map(({ lift, attempts }, which) => (
        <span key={lift} class="row-lift" style={{ "--attempts": attempts.length }}><Attempts tiles={tiles[which] ?? []} /></span>
      ))}
      <span class="row-total number">{total}</span>
    </li>
  );
}

/** The page to show, another one from time to time. */
function useTurning(pages: number): number {
  const [page, setPage] = useState(0);
  useEffect(() => {
    if (pages < 2) return;
    const timer = setInterval(() => setPage((now) => now + 1), PAGE_MS);
    return () => clearInterval(timer);
  }, [pages]);
  return pages === 0 ? 0 : page % pages;
}
