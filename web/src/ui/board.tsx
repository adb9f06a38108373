/** One board: its heading, its search, its table and its pinned rows. Which board, and the address, is `app.tsx`'s. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { BoardSummary } from "scorelay";
import { useBoardView } from "scorelay/react";

import { platformOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { Pins } from "./pins.tsx";
import type { Scroller } from "./scroller.ts";
import { SearchBox } from "./search.tsx";
import { Table } from "./table.tsx";
import { useSearch } from "./use-search.ts";
import { useWindow } from "./use-window.ts";
import { AbsentBoard, EmptyBoard } from "./words.tsx";

/** What a board needs of the page. */
export interface BoardProps {
  readonly id: string;
  readonly boards: readonly BoardSummary[] | null;
  readonly scroller: Scroller;
  readonly pins: readonly string[];
  /** Pins an entity, or unpins it where it is pinned; a sentence where that cannot be done. */
  readonly onPin: (entity: string, keep?: boolean) => string | null;
  /** Called before the view jumps. */
  readonly onJump: () => void;
  /** Called when the board was there and is no more, with its title. */
  readonly onGone: (title: string) => void;
  readonly onTotal: (total: number) => void;
  /** The name that is searched for, as the address has it. */
  readonly asked: string;
  readonly onAsked: (name: string) => void;
}

/** A board. */
export function Board({ id, boards, scroller, pins, onPin, onJump, onGone, onTotal, asked, onAsked }: BoardProps) {
  const summary = boards?.find((board) => board.id === id) ?? null;
  const known = useRef(summary?.rows ?? 0);
  const snapshot = useBoardView(id, useWindow(scroller, known.current));
  const present = snapshot.presence === "present";
  const total = present ? snapshot.total : snapshot.presence === "absent" ? 0 : (summary?.rows ?? known.current);
  known.current = total;
  const title = snapshot.title || summary?.title || id;
  const unit = snapshot.unit || summary?.unit || "";
  useEffect(() => onTotal(total), [total, onTotal]);

  const was = useRef<string | null>(null);
  if (present) was.current = title;
  useEffect(() => {
    if (snapshot.presence === "absent" && was.current !== null) onGone(was.current);
  }, [snapshot.presence, onGone]);

  const [active, setActive] = useState<number | null>(null);
  const [marked, setMarked] = useState<string | null>(null);
  const [follow, setFollow] = useState<string | null>(null);
  useEffect(() => scroller.onTouched(() => setFollow(null)), [scroller]);

  const platforms = useRef(new Set<string>());
  for (const row of snapshot.rows) if (row !== null) platforms.current.add(platformOf(row.entity));

  const latest = useRef({ onJump });
  latest.current = { onJump };
  const jump = (rank: number, entity: string | null) => {
    onJump();
    setFollow(null);
    setActive(rank);
    setMarked(entity);
    scroller.jump(rank);
  };
  const search = useSearch({
    board: id,
    total,
    platforms: () => [...platforms.current],
    onRank: (rank) => jump(rank, null),
    onFound: (entity, rank) => jump(rank, entity),
    onPin: (entity) => onPin(entity, true),
  });
  const toggle = useCallback((entity: string) => void onPin(entity), [onPin]);
  const onFollow = useCallback((entity: string) => {
    latest.current.onJump();
    setFollow(entity);
  }, []);

  if (snapshot.presence === "absent" && summary === null) return <AbsentBoard id={id} boards={boards ?? []} />;
  return (
    <>
      <div class="about">
        <div>
          <h1>{title}</h1>
          <p class="meta">
            <span class="count">{present || summary !== null ? format.counted(total, "row") : "\u00a0"}</span>
            {(snapshot.synthetic || summary?.synthetic) && <span class="badge" title="A simulated crowd made these scores">Synthetic data</span>}
          </p>
        </div>
        <SearchBox search={search} board={id} decimals={snapshot.decimals} asked={asked} onAsked={onAsked} />
      </div>
      <Table snapshot={snapshot} title={title} unit={unit} total={total} scroller={scroller} pins={pins} active={active} onActive={setActive}
        marked={marked} onPin={toggle}>
        {present && total === 0 && <EmptyBoard />}
        <Pins board={id} decimals={snapshot.decimals} pins={pins} scroller={scroller} follow={follow} onFollow={onFollow} onUnpin={toggle} />
      </Table>
    </>
  );
}
