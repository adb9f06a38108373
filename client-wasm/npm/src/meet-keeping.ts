/**
 * How what desks hold is kept: asks the browser not to clear it, and says what is wrong where it may.
 */

import type { Storage } from "./meet-storage.js";
import type { Keeping } from "./meet-types.js";

const NONE = "This browser keeps nothing of the meet: what has not been sent is lost when the page is closed.";
const BEST_EFFORT =
  "This browser may clear what it keeps of the meet, and does so when a private window is closed. Do not clear its data " +
  "while changes wait.";

/** Tells how things are kept, now and once the browser, or whoever sits before it, has answered. */
export function keepingOf(storage: Storage, tell: (keeping: Keeping) => void): void {
  if (!storage.lasting) {
    tell({ kind: "none", warning: NONE });
    return;
  }
  tell({ kind: "best-effort", warning: BEST_EFFORT });
  const { storage: manager } = (globalThis as { navigator?: { storage?: StorageManager } }).navigator ?? {};
  if (typeof manager?.persist === "function") {
    manager.persist().then(
      (lasting) => lasting && tell({ kind: "lasting", warning: null }),
      () => {},
    );
  }
}
