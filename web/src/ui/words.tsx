/** What stands where a table would be, when there is none to show. */
import type { BoardSummary } from "scorelay";
import type { ComponentChildren } from "preact";

import { writeAddress } from "../lib/address.ts";

/** `inside`: under the heading of a board. */
function Words({ title, inside = false, children }: { title: string; inside?: boolean; children: ComponentChildren }) {
  return (
    <div class="nothing">
      {inside ? <h2>{title}</h2> : <h1>{title}</h1>}
      {children}
    </div>
  );
}

/** A board without rows. */
export function EmptyBoard() {
  return (
    <Words title="Nobody is here yet" inside>
      <p>The first score puts somebody on this board. This page shows it by itself.</p>
    </Words>
  );
}

/** A relay without boards. */
export function NoBoards() {
  return (
    <Words title="There are no boards yet">
      <p>Whoever runs this server adds one with a <code>[[board]]</code> section in its configuration. It then appears here by itself.</p>
    </Words>
  );
}

/** An address with a board that there is not. */
export function AbsentBoard({ id, boards }: { id: string; boards: readonly BoardSummary[] }) {
  return (
    <Words title={`There is no board “${id}”`}>
      {boards.length === 0 ? (
        <p>It may have been renamed or removed, and there is no other one now. Should it come back, this page shows it by itself.</p>
      ) : (
        <>
          <p>It may have been renamed or removed. These are there:</p>
          <p class="choices">
            {boards.map((board) => <a key={board.id} href={writeAddress({ board: board.id, pins: [], rank: null }, location.search)}>{board.title || board.id}</a>)}
          </p>
        </>
      )}
    </Words>
  );
}
