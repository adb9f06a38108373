/** The page: which board is shown, who is pinned, and the address that names both. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useSyncExternalStore } from "preact/compat";
import { useDirectory, useStatus } from "scorelay/react";

import { MAX_PINS, readAddress } from "../lib/address.ts";
import { hueOf, saidOf } from "../lib/entity.ts";
import { Board } from "./board.tsx";
import { Scroller } from "./scroller.ts";
import { Status } from "./status.tsx";
import { Tabs } from "./tabs.tsx";
import { useAddress } from "./use-address.ts";
import { NoBoards } from "./words.tsx";

/** Boards that the page of statistics draws. */
const STATISTICS: readonly string[] = ["words", "nicks", "rooms", "rate"];

/** What is shown: a board, at a place. A new object for each visit. */
interface Visit {
  readonly board: string | null;
  readonly rank: number | null;
}

/** The whole page. */
export function App() {
  const boards = useDirectory();
  const state = useStatus();
  const [start] = useState(() => readAddress(location.search));
  const [visit, setVisit] = useState<Visit>(start);
  const [pins, setPins] = useState<readonly string[]>(start.pins);
  const [search, setSearch] = useState(start.search);
  const [notice, setNotice] = useState<string | null>(null);
  const [total, setTotal] = useState<number | null>(null);
  const scroller = useMemo(() => new Scroller(visit.rank), [visit]);
  const sight = useSyncExternalStore(scroller.subscribe, scroller.getSnapshot);
  // An address without a board means the first one there is when it is opened, not whichever comes first later.
  const first = useRef<{ of: Visit; id: string } | null>(null);
  if (visit.board === null && first.current?.of !== visit && boards?.[0] !== undefined) {
    first.current = { of: visit, id: boards[0].id };
  }
  const board = visit.board ?? (first.current?.of === visit ? first.current.id : null);
  const title = boards?.find(({ id }) => id === board)?.title ?? board;
  const rank = scroller.wanted ?? sight.anchor;

  const push = useAddress({ board, pins, rank, search }, () => {
    const { board: named, rank: at, pins: pinned, search: asked } = readAddress(location.search);
    setPins(pinned);
    setSearch(asked);
    setNotice(null);
    if (named === board) scroller.jump(at ?? 1);
    else setVisit({ board: named, rank: at });
  });
  const show = useCallback((id: string) => {
    push({ board: id, pins, rank: null });
    setTotal(null);
    setSearch("");
    setVisit({ board: id, rank: null });
  }, [push, pins]);

  const onPin = useCallback((entity: string, keep = false) => {
    const pinned = pins.includes(entity);
    if (pinned && keep) return `${saidOf(entity).name} is pinned already.`;
    if (!pinned && pins.length === MAX_PINS) {
      const words = `${MAX_PINS} rows are pinned, and that is all there can be. Unpin one first.`;
      setNotice(words);
      return words;
    }
    setPins(pinned ? pins.filter((pin) => pin !== entity) : [...pins, entity]);
    return null;
  }, [pins]);
  const onGone = useCallback((name: string) => {
    const next = boards?.find(({ id }) => id !== board);
    if (next === undefined) return;
    setNotice(`The board “${name}” was removed. This is “${next.title || next.id}”.`);
    setTotal(null);
    setVisit({ board: next.id, rank: null });
  }, [boards, board]);

  useEffect(() => {
    document.title = title === null ? "Boards" : `${title} · Scorelay`;
    document.documentElement.style.setProperty("--hue", String(hueOf(board ?? "")));
  }, [title, board]);

  const nowhere = boards !== null && boards.length === 0 && board === null;
  return (
    <>
      <header class="top">
        <a class="brand" href={location.pathname}>Scorelay</a>
        <Tabs boards={boards ?? []} current={board} pins={pins} total={total} onBoard={(id) => { setNotice(null); show(id); }} />
        {boards?.some(({ id }) => STATISTICS.includes(id)) && <a class="beside graph" href="/statistics"><span>Statistics</span></a>}
      </header>
      {notice !== null && (
        <p class="notice" role="status">
          {notice}
          <button type="button" class="icon close" aria-label="Dismiss" onClick={() => setNotice(null)} />
        </p>
      )}
      <main data-board={board ?? ""}>
        {nowhere && <NoBoards />}
        {board !== null && (
          <Board key={board} id={board} boards={boards} scroller={scroller} pins={pins} onPin={onPin} asked={search} onAsked={setSearch}
            onJump={() => push({ board, pins, rank })} onGone={onGone} onTotal={setTotal} />
        )}
        {board === null && !nowhere && <div class="scroller skeleton" aria-busy={state.kind === "connecting"} />}
      </main>
      <Status />
    </>
  );
}
