/**
 * Changes of the app that are not in the meet. What the meet does not take, like a note that is too long, the app keeps
 * showing, and nobody else does; what somebody else has set meanwhile it does not. The panel lists both.
 */

import { textOf } from "../errors.js";
import type { MeetTree, MeetValue } from "../meet-types.js";
import { same } from "./mapping.js";
import type { Change } from "./diff.js";

/** One of them. */
export interface Held {
  readonly path: string;
  readonly mine: MeetValue;
  /** Why, for people. */
  readonly message: string;
  /** Whether the app keeps showing it. */
  readonly shown: boolean;
}

/** All of them; the same list while nothing changes. */
export class HeldChanges {
  #list: ReadonlyArray<Held> = [];

  list(): ReadonlyArray<Held> {
    return this.#list;
  }

  hold([path, mine]: Change, why: unknown, shown: boolean): void {
    this.#list = [...this.#list.filter((held) => held.path !== path), { path, mine, message: textOf(why), shown }];
  }

  /** Takes off what is set anew, or given up. */
  release(paths: Iterable<string>): void {
    const gone = new Set(paths);
    if (this.#list.some(({ path }) => gone.has(path))) {
      this.#list = this.#list.filter(({ path }) => !gone.has(path));
    }
  }

  /** A meet as the app shows it: with what is held over it. */
  over(tree: MeetTree): MeetTree {
    return this.#list.filter(({ shown }) => shown).reduce((over, { path, mine }) => put(over, path, mine), tree);
  }
}

function put(tree: MeetTree, path: string, value: MeetValue): MeetTree {
  const [, leaf] = /^meet\.(\w+)$/.exec(path) ?? [];
  if (leaf !== undefined) {
    return { ...tree, meet: { ...tree.meet, [leaf]: value } };
  }
  const [, id, key] = /^registration\.entries\[(\d+)\]\.(.+)$/.exec(path) ?? [];
  const set = (entry: MeetTree["entries"][number]): MeetTree["entries"][number] =>
    entry.id === Number(id) && !same(entry[key as "name"], value) ? { ...entry, [key!]: value } : entry;
  return id === undefined ? tree : { ...tree, entries: tree.entries.map(set) };
}
