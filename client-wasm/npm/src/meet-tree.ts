/**
 * What is shown of a meet, as objects that stay the same while nothing in them changes. The core tells changes by path; they
 * are laid over what was there.
 */

import { ScorelayError } from "./errors.js";
import type { MeetEntry, MeetLeaves, MeetTree, MeetValue, Stage } from "./meet-types.js";

/** A path and what is shown there now; `undefined`: nothing. */
export interface Change {
  readonly path: string;
  /** Of an entry: what it is ordered by. */
  readonly created: number;
  readonly value: unknown;
}

interface Made {
  readonly created: number;
  readonly entry: MeetEntry;
}

type Leaves = Record<string, unknown>;

const PATH = /^(?:meet\.(\w+)|registration\.entries\[(\d+)\](?:\.(\w+(?:\[\d\])?))?|live\[(\d+)\])$/;

/** Nothing is set. */
export const EMPTY_TREE: MeetTree = { meet: {}, entries: [], deleted: [], live: {} };

/** A meet's tree, change by change. */
export class Tree {
  #entries = new Map<number, Made>();
  #snapshot = EMPTY_TREE;

  get snapshot(): MeetTree {
    return this.#snapshot;
  }

  /** Lays changes over what there is, or, `anew`, over nothing. */
  apply(anew: boolean, changes: readonly Change[]): MeetTree {
    const before = this.#snapshot;
    const known = this.#entries;
    let meet: Leaves = anew ? {} : { ...before.meet };
    let live: Leaves = anew ? {} : { ...before.live };
    const entries = anew ? new Map<number, Made>() : new Map(known);
    const touched = new Set<number>();
    for (const { path, created, value } of changes) {
      const [, leaf, number, inEntry, stage] = parts(path);
      if (leaf !== undefined) {
        put(meet, leaf, value);
        continue;
      }
      if (stage !== undefined) {
        put(live, stage, value);
        continue;
      }
      const id = Number(number);
      const there = entries.get(id);
      touched.add(id);
      if (inEntry === undefined && value === undefined) {
        entries.delete(id);
      } else if (inEntry === undefined) {
        entries.set(id, { created, entry: { ...(value as object), id } as MeetEntry });
      } else if (there !== undefined) {
        const entry: Leaves = { ...there.entry };
        put(entry, inEntry, value);
        entries.set(id, { created: there.created, entry: entry as unknown as MeetEntry });
      }
    }
    meet = kept(before.meet as Leaves, meet);
    live = kept(before.live as Leaves, live);
    let inOrder = !anew;
    for (const id of touched) {
      const [old, made] = [known.get(id), entries.get(id)];
      if (old !== undefined && made !== undefined) {
        const entry = kept(old.entry as unknown as Leaves, made.entry as unknown as Leaves);
        entries.set(id, { created: made.created, entry: entry as unknown as MeetEntry });
      }
      inOrder &&= old?.created === made?.created;
    }
    let ordered = entries;
    if (!inOrder) {
      const sorted = [...entries].sort(([one, { created }], [other, made]) => created - made.created || one - other);
      ordered = new Map(sorted);
    }
    const all = Array.from(ordered.values(), ({ entry }) => entry);
    this.#entries = ordered;
    const next: MeetTree = {
      meet: meet as MeetLeaves,
      entries: keptList(before.entries, all.filter((entry) => entry.deleted !== true)),
      deleted: keptList(before.deleted, all.filter((entry) => entry.deleted === true)),
      live: live as MeetTree["live"],
    };
    const keys = Object.keys(next) as Array<keyof MeetTree>;
    this.#snapshot = keys.every((key) => next[key] === before[key]) ? before : next;
    return this.#snapshot;
  }

  /** What is shown at a path. */
  get(path: string): MeetValue {
    const [, leaf, number, inEntry, stage] = parts(path);
    const { meet, live } = this.#snapshot;
    if (leaf !== undefined) {
      return (meet as Record<string, MeetValue>)[leaf];
    }
    if (stage !== undefined) {
      return live[Number(stage)];
    }
    const entry = this.#entries.get(Number(number))?.entry;
    return inEntry === undefined ? entry : (entry as Record<string, MeetValue> | undefined)?.[inEntry];
  }

  /** Whether there is or was an entry of this id. */
  has(id: number): boolean {
    return this.#entries.has(id);
  }
}

/** What goes on on a stage; `null` where nothing was ever said. */
export function stageOf(tree: MeetTree | null, stage: number): Stage | null {
  return tree?.live[stage] ?? null;
}

function parts(path: string): ReadonlyArray<string | undefined> {
  const found = PATH.exec(path);
  if (found === null) {
    const like = "meet.name or registration.entries[5027].squat[2]";
    throw new ScorelayError("bad-path", `"${path}" is no path of a meet's state, like ${like}`);
  }
  return found;
}

function put(leaves: Leaves, name: string, value: unknown): void {
  if (value === undefined) {
    delete leaves[name];
  } else {
    leaves[name] = value;
  }
}

/** `next` with all that equals what was there before as the same objects; `before`, if that is all. */
function kept(before: Leaves, next: Leaves): Leaves {
  for (const name of Object.keys(next)) {
    next[name] = same(before[name], next[name]) ? before[name] : next[name];
  }
  const names = Object.keys(next);
  const unchanged = names.length === Object.keys(before).length && names.every((name) => next[name] === before[name]);
  return unchanged ? before : next;
}

function keptList<T>(before: ReadonlyArray<T>, next: ReadonlyArray<T>): ReadonlyArray<T> {
  return before.length === next.length && next.every((item, index) => item === before[index]) ? before : next;
}

/** Whether two values of JSON are equal, bit by bit. */
function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) {
    return true;
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return false;
  }
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  const [here, there] = [one as Leaves, other as Leaves];
  return keys.length === others.length && keys.every((key) => key in there && same(here[key], there[key]));
}
