/**
 * Meets that are shown by display links: one link of a meet at a time, shared by all who show it.
 */

import type { Core } from "./core.js";
import type { Host } from "./extension.js";
import { disposable } from "./handles.js";
import type { MeetCore } from "./meet-core.js";
import { readChanges, readMaybe } from "./meet-records.js";
import { Tree } from "./meet-tree.js";
import type { DisplayLink, DisplaySnapshot, MeetDisplay } from "./meet-types.js";
import { meetId, tokenBytes, tokenText } from "./meet-values.js";
import type { PackedReader } from "./packed.js";
import { newStore, type OwnedStore } from "./store.js";

interface Shown {
  token: Uint8Array;
  /** Whether what comes next is laid over nothing. */
  anew: boolean;
  readonly tree: Tree;
  readonly store: OwnedStore<DisplaySnapshot>;
  holders: number;
}

/** All that is shown by links. */
export class Displays {
  readonly #host: Host;
  readonly #shown = new Map<string, Shown>();
  #core: MeetCore | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  watch(link: DisplayLink): MeetDisplay {
    const [meet, token] = [meetId(link.meet), tokenBytes(link.token)];
    const shown = this.#shown.get(meet) ?? this.#add(meet, token);
    if (tokenText(shown.token) !== tokenText(token)) {
      [shown.token, shown.anew] = [token, true];
      this.#watch(meet, token);
    }
    shown.holders += 1;
    let open = true;
    return disposable({
      subscribe: shown.store.subscribe,
      getSnapshot: shown.store.getSnapshot,
      close: () => {
        shown.holders -= open ? 1 : 0;
        if (open && shown.holders === 0) {
          this.#shown.delete(meet);
          this.#unwatch(meet);
        }
        open = false;
      },
    });
  }

  started(core: Core): void {
    this.#core = core as MeetCore;
    this.#shown.forEach(({ token }, meet) => this.#core?.watchMeet(meet, token));
  }

  read(reader: PackedReader): void {
    const shown = this.#shown.get(reader.string());
    const flags = reader.u8();
    const error = readMaybe(reader);
    const changes = readChanges(reader);
    if (shown !== undefined) {
      const { tree: before, gone } = shown.store.getSnapshot();
      const known = (flags & 1) !== 0;
      const tree = known ? shown.tree.apply(shown.anew, changes) : before;
      shown.anew &&= !known;
      const same = gone?.code === error?.code && gone?.message === error?.message;
      const next = { tree, finished: (flags & 2) !== 0, held: (flags & 4) !== 0, gone: same ? gone : error };
      this.#host.set(shown.store, next);
    }
  }

  #add(meet: string, token: Uint8Array): Shown {
    const store = newStore<DisplaySnapshot>({ tree: null, finished: false, held: false, gone: null });
    const shown: Shown = { token, anew: true, tree: new Tree(), store, holders: 0 };
    this.#shown.set(meet, shown);
    this.#watch(meet, token);
    return shown;
  }

  #watch(meet: string, token: Uint8Array): void {
    if (this.#core !== null) {
      this.#host.call((core) => (core as MeetCore).watchMeet(meet, token));
    }
  }

  #unwatch(meet: string): void {
    try {
      this.#host.call((core) => (core as MeetCore).unwatchMeet(meet));
    } catch {
      // The client is closed, or its core not loaded: it shows nothing.
    }
  }
}
