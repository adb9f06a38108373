/** One link per board. They are real links, so that a board opens in a new tab as anything else does. */
import { useEffect, useRef } from "preact/hooks";
import type { BoardSummary } from "scorelay";

import * as format from "../lib/format.ts";
import { writeAddress } from "../lib/address.ts";
import { isCalm } from "./motion.ts";

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
  const nav = useRef<HTMLElement>(null);
  const there = boards.some(({ id }) => id === current);
  useEffect(() => {
    const link = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (link == null) return;
    const strip = nav.current!;
    const middle = link.offsetLeft - strip.offsetLeft + link.offsetWidth / 2;
    strip.scrollTo({ left: middle - strip.clientWidth / 2, behavior: isCalm() ? "instant" : "smooth" });
  }, [current, there]);
  return (
    <nav class="tabs" aria-label="Boards" ref={nav}>
      {boards.map(({ id, title, rows }) => (
        <a
          key={id}
          href={writeAddress({ board: id, pins, rank: null }, location.search)}
          aria-current={id === current ? "page" : undefined}
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
