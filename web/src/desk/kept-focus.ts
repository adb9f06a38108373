/** Keeps the focus where it is when the rows of a table change places: moving an element in the document takes it away. */
import { useLayoutEffect } from "preact/hooks";
import type { RefObject } from "preact";

/** Gives the focus back to what had it within an element before this drawing, if it is still there. */
export function useKeptFocus(within: RefObject<HTMLElement>): void {
  const before = document.activeElement;
  useLayoutEffect(() => {
    if (!(before instanceof HTMLElement) || document.activeElement === before) return;
    if (document.activeElement === document.body && within.current?.contains(before) === true) before.focus();
  });
}
