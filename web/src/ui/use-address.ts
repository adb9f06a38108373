/**
 * Keeps the address of the page and what it shows together: boards and jumps make an entry to go back to, scrolling and
 * pinning change the present one after a moment.
 */
import { useCallback, useEffect, useRef } from "preact/hooks";

import { writeAddress } from "../lib/address.ts";
import type { Address } from "../lib/address.ts";

/** Milliseconds of quiet before the address is changed; browsers refuse more than a few changes a second. */
const QUIET = 250;

/** Writes `address` after a moment. Gives a function that makes an entry of another one at once. */
export function useAddress(address: Address, onBack: () => void): (next: Address) => void {
  const latest = useRef(address);
  latest.current = address;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const back = useRef(onBack);
  back.current = onBack;

  const write = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const url = location.pathname + writeAddress(latest.current, location.search);
    if (url !== location.pathname + location.search) history.replaceState(null, "", url);
  }, []);

  useEffect(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(write, QUIET);
  }, [address.board, address.pins, address.rank, address.search, write]);

  useEffect(() => {
    const popped = () => {
      clearTimeout(timer.current);
      back.current();
    };
    // Whoever leaves within the moment finds the right address when coming back.
    const leaving = () => {
      if (timer.current !== undefined) write();
    };
    addEventListener("popstate", popped);
    addEventListener("pagehide", leaving);
    return () => {
      removeEventListener("popstate", popped);
      removeEventListener("pagehide", leaving);
    };
  }, [write]);

  return useCallback((next: Address) => {
    if (timer.current !== undefined) write();
    history.pushState(null, "", location.pathname + writeAddress(next, location.search));
  }, [write]);
}
