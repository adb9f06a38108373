/** Whether things may move on this screen, and the one clock of scores that count up. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";

const calm = typeof matchMedia === "function" ? matchMedia("(prefers-reduced-motion: reduce)") : null;

/** Whether the reader asked for no motion. */
export function isCalm(): boolean {
  return calm?.matches ?? false;
}

/** Scores that count up at the same time; past that they change at once, which is calmer and cheaper. */
const MOST = 12;
/** Milliseconds of a count. */
const LENGTH = 420;
/** Milliseconds between two figures shown: more would only be work. */
const STEP = 50;

interface Count {
  readonly from: number;
  readonly to: number;
  readonly begun: number;
  readonly show: (value: number) => void;
}

const counts = new Set<Count>();
let ticking: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  const now = performance.now();
  for (const count of counts) {
    const part = Math.min(1, (now - count.begun) / LENGTH);
    if (part === 1) counts.delete(count);
    count.show(part === 1 ? count.to : count.from + (count.to - count.from) * (1 - (1 - part) ** 3));
  }
  if (counts.size > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}

/**
 * Writes a number into an element, which must have no other content, and lets it count from the value before to the
 * present one. `unit` is the smallest step of the board's scores: one that rose by a step has nothing between.
 */
export function useCountUp(
  element: RefObject<HTMLElement>,
  value: number,
  unit: number,
  format: (value: number) => string,
): void {
  const shown = useRef(value);
  const writing = useRef(format);
  writing.current = format;
  useLayoutEffect(() => {
    const from = shown.current;
    const show = (figure: number) => {
      shown.current = figure;
      if (element.current !== null) element.current.textContent = writing.current(figure);
    };
    if (Math.abs(value - from) < 2 * unit || isCalm() || counts.size >= MOST || document.hidden) {
      show(value);
      return;
    }
    const count = { from, to: value, begun: performance.now(), show };
    counts.add(count);
    ticking ??= setInterval(tick, STEP);
    return () => void counts.delete(count);
  }, [value, unit]);
}
