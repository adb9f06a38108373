/**
 * The life of the web page around a client: hidden, shown, put away for the back button, back on the network. Where
 * there is no page, in Node or in a Worker, there is little or nothing to hear.
 */

/** What a client does about it. */
export interface PageEvents {
  /** Whether the page can be seen changed. */
  visible(visible: boolean): void;
  /** The page is put away; it may come back by `shown`. */
  putAway(): void;
  /** The page is back. */
  shown(): void;
  /** The network is back. */
  online(): void;
}

/** Whether somebody may be looking. */
export function isVisible(): boolean {
  return (globalThis as { document?: Document }).document?.visibilityState !== "hidden";
}

/** Listens until the returned function is called. */
export function listenToPage(events: PageEvents): () => void {
  const { document } = globalThis as { document?: Document };
  const ends: Array<() => void> = [];
  const on = (target: unknown, name: string, listener: () => void): void => {
    if (typeof (target as EventTarget | undefined)?.addEventListener === "function") {
      const heard = target as EventTarget;
      heard.addEventListener(name, listener);
      ends.push(() => heard.removeEventListener(name, listener));
    }
  };
  on(document, "visibilitychange", () => events.visible(isVisible()));
  on(globalThis, "online", events.online);
  if (document !== undefined) {
    on(globalThis, "pagehide", events.putAway);
    on(globalThis, "pageshow", events.shown);
  }
  return () => ends.forEach((end) => end());
}
