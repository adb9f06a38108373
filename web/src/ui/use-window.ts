/** Which window of a board is watched: what is in sight and a little more, moved at most once a tick. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useSyncExternalStore } from "preact/compat";

import { widen, windowFor } from "../lib/geometry.ts";
import type { Ranks } from "../lib/geometry.ts";
import type { Scroller } from "./scroller.ts";

/** Rows watched beyond the edges. */
const BEYOND = 6;
/** The window's ends are multiples of this. */
const STEP = 8;
/** Rows watched at first, when neither the board's nor the view's size is known. */
const FIRST = 32;
/** Milliseconds between two moves: as often as a relay answers. */
const EVERY = 50;

/** The window to watch. The same object until it changes. */
export function useWindow(scroller: Scroller, rows: number): Ranks {
  const { ranks } = useSyncExternalStore(scroller.subscribe, scroller.getSnapshot);
  const wanted = Math.max(1, (scroller.wanted ?? 1) - FIRST / 2);
  const known = ranks.to >= ranks.from && scroller.wanted === null;
  const aim = known
    ? windowFor(widen(ranks, BEYOND, rows), STEP, rows)
    : windowFor({ from: wanted, to: wanted + FIRST - 1 }, STEP, Number.MAX_SAFE_INTEGER);
  const [window, setWindow] = useState(aim);
  const latest = useRef(aim);
  latest.current = aim;
  const movedAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (timer.current !== undefined) return;
    const move = () => {
      timer.current = undefined;
      movedAt.current = performance.now();
      setWindow((was) => (was.from === latest.current.from && was.to === latest.current.to ? was : latest.current));
    };
    const wait = movedAt.current + EVERY - performance.now();
    if (wait <= 0) move();
    else timer.current = setTimeout(move, wait);
  }, [aim.from, aim.to]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return window;
}
