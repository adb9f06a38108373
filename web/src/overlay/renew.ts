/**
 * Loads the page again where only that helps: an overlay is open for days, and meanwhile its relay may come to serve a newer
 * one, whose protocol this one does not speak, or the client may have failed. It never loads while the relay does not answer,
 * since what the browser shows in place of a page would be on stream, and not while all is well.
 */
import type { ConnectionState } from "scorelay/meet";

import type { Source } from "./scene/shown.ts";

/** What it works on. */
export interface Renewal {
  readonly state: Source<ConnectionState>;
  /** The path of the script that runs, which the page names. */
  readonly script: string;
  /** The page as the relay serves it now; `null` if it does not. */
  load(): Promise<string | null>;
  reload(): void;
}

/** Milliseconds between two looks while there is no connection. */
export const EVERY = 30_000;

/** Watches the connection from now on. */
export function renew({ state, script, load, reload }: Renewal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lost = (): boolean => ["offline", "closed"].includes(state.getSnapshot().kind);
  const look = async (): Promise<void> => {
    const page = await load().catch(() => null);
    timer = undefined;
    if (!lost()) return;
    const helps = page !== null && (!page.includes(script) || state.getSnapshot().kind === "closed");
    if (helps) reload();
    else wait();
  };
  const wait = (): void => {
    timer ??= setTimeout(() => void look(), EVERY);
  };
  state.subscribe(() => {
    if (lost()) return wait();
    clearTimeout(timer);
    timer = undefined;
  });
}
