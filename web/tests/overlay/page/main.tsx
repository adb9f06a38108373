/** The overlay over a meet in memory, which tests change by `show`. All but the connection is as in `overlay.html`. */
import "../../../src/overlay/older.ts";

import { render } from "preact";

import type { DisplaySnapshot } from "../../../src/meet/types.ts";
import { readOverlayAddress } from "../../../src/overlay/address.ts";
import { Overlay } from "../../../src/overlay/ui/overlay.tsx";
import "../../../src/overlay/overlay.css";

let snapshot: DisplaySnapshot = { tree: null, finished: false, held: false, gone: null };
const listeners = new Set<() => void>();
const display = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  getSnapshot: () => snapshot,
};

declare global {
  interface Window {
    /** Gives the overlay something else to show. */
    show(next: Partial<DisplaySnapshot>): void;
    /** How many listen to the display. */
    heard(): number;
  }
}
window.show = (next) => {
  snapshot = { ...snapshot, ...next };
  for (const listener of listeners) listener();
};
window.heard = () => listeners.size;
render(<Overlay display={display} choice={readOverlayAddress(location)} />, document.getElementById("overlay")!);
