/**
 * What was handed to a meet and is not known to be on disk there yet, in the browser's local storage: a page that dies in
 * between finds it again. It holds a change with what stood there before, so that it is set again only where nobody else
 * has set something since.
 */

import type { MeetValue } from "../meet-types.js";
import type { Change } from "./diff.js";

const KEY = "scorelay-openlifter-unsaved";

/** The part of `localStorage` that is used. */
export type Keep = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** A change, and what it replaced. */
export interface Written {
  readonly path: string;
  readonly value: MeetValue;
  readonly was: MeetValue;
}

/** The changes of one meet. */
export class Journal {
  readonly #keep: Keep;
  readonly #meet: string;
  readonly #written: Map<string, Written>;

  constructor(keep: Keep, meet: string) {
    this.#keep = keep;
    this.#meet = meet;
    this.#written = new Map(this.#read().map((written) => [written.path, written]));
  }

  /** What an earlier page wrote. */
  left(): ReadonlyArray<Written> {
    return [...this.#written.values()];
  }

  add(changes: ReadonlyArray<Change>, standing: (path: string) => MeetValue): void {
    for (const [path, value] of changes) {
      const was = this.#written.has(path) ? this.#written.get(path)!.was : standing(path);
      this.#written.set(path, { path, value, was });
    }
    this.#store();
  }

  clear(): void {
    if (this.#written.size > 0) {
      this.#written.clear();
      this.#store();
    }
  }

  #read(): Written[] {
    try {
      const kept = JSON.parse(this.#keep.getItem(KEY) ?? "null") as { meet: string; changes: Written[] } | null;
      return kept?.meet === this.#meet ? kept.changes : [];
    } catch {
      return [];
    }
  }

  /** Storage that is full or switched off takes nothing; what was set is in the meet all the same. */
  #store(): void {
    try {
      if (this.#written.size === 0) {
        this.#keep.removeItem(KEY);
      } else {
        this.#keep.setItem(KEY, JSON.stringify({ meet: this.#meet, changes: [...this.#written.values()] }));
      }
    } catch {
      return;
    }
  }
}
