/** One link per board. They are real links, so that a board opens in a new tab as anything else does. */
import type { BoardSummary } from "scorelay";

import { hueOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { writeAddress } from "../lib/address.ts";

/** The boards of a relay. */
export interface TabsProps {
  readonly boards: readonly BoardSummary[];
  readonly current: string | null;
  readonly pins: readonly string[];
  /** Rows of the current board, newer than the directory's. */
  readonly total: number | null;
  readonly onBoard: (id: string) => void;
}

/** The links. */
export function Tabs({ boards, current, pins, total, onBoard }: TabsProps) {
  return (
    <nav class="tabs" aria-label="Boards">
      {boards.map(({ id, title, rows }) => (
        <a
          key={id}
          href={writeAddress({ board: id, pins, rank: null }, location.search)}
          aria-current={id === current ? "page" : undefined}
          style={{ "--hue": hueOf(id) }}
          onClick={(event) => {
            if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
            event.preventDefault();
            onBoard(id);
          }}
        >
          {title || id}
          <span class="count">{format.count(id === current && total !== null ? total : rows)}</span>
        </a>
      ))}
    </nav>
  );
}
