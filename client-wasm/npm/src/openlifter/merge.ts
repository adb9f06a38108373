/**
 * What the app's state has to be so that it shows a meet. What belongs to the device stays: language, versions, what
 * is lifted and how wide columns are. Everything handed out is a copy, so that the app may change it.
 */

import type { MeetTree } from "../meet-types.js";
import { MEET_LEAVES, type AppEntry, type AppState } from "./app-state.js";
import { appEntry, appValue, copied, same } from "./mapping.js";

/** The ids a desk may give to new entries. */
export interface Block {
  readonly first: number;
  readonly count: number;
}

/** The state that shows `tree`; `null` if `state` does. `next` is the id for the next entry, if it has to be another. */
export function merged(state: AppState, tree: MeetTree, next: number): AppState | null {
  const { meet, registration, lifting } = state;
  const shown: AppState["meet"] = copied(meet);
  for (const leaf of [...MEET_LEAVES, "plates" as const]) {
    const value = appValue(leaf, tree.meet[leaf]);
    if (value !== undefined) {
      shown[leaf] = value;
    }
  }
  const own = new Map(registration.entries.map((entry) => [entry.id, entry]));
  const entries = tree.entries.map((entry) => appEntry(entry, own.get(entry.id)));
  const level = same(meet, shown) && same(registration.entries, entries);
  if (level && registration.nextEntryId === next) {
    return null;
  }
  const { _persist, ...rest } = state;
  const { overrideEntryId } = lifting ?? {};
  const gone = typeof overrideEntryId === "number" && !tree.entries.some(({ id }) => id === overrideEntryId);
  return {
    ...copied(rest),
    meet: shown,
    registration: { ...copied(registration), nextEntryId: next, entries, lookup: lookupOf(entries) },
    lifting: { ...copied(lifting), ...(gone ? { overrideEntryId: null } : {}) },
  } as AppState;
}

/** Where in the list each entry is. */
export function lookupOf(entries: ReadonlyArray<AppEntry>): { [id: number]: number } {
  return Object.fromEntries(entries.map(({ id }, index) => [id, index]));
}

/** The app's next id: what it has, if that is of the block and free, or else the smallest that is. */
export function nextEntryId(state: AppState, tree: MeetTree, block: Block, smallest: () => number): number {
  const { nextEntryId: next, entries } = state.registration;
  const used = [...tree.entries, ...tree.deleted, ...entries].map(({ id }) => id);
  const free = next >= block.first && next < block.first + block.count && used.every((id) => id < next || !within(id, block));
  return free ? next : smallest();
}

/** Whether a desk's block has this id. */
export function within(id: number, { first, count }: Block): boolean {
  return id >= first && id < first + count;
}

/**
 * A state of which a new meet can be made: entries made elsewhere get ids of this desk's block. Only before anybody else
 * knows of them; an id that is in a meet is never another's.
 */
export function withOwnIds(state: AppState, block: Block): AppState | null {
  const { registration, lifting } = state;
  const kept = registration.entries.filter(({ id }) => within(id, block)).map(({ id }) => id);
  if (kept.length === registration.entries.length) {
    return null;
  }
  let next = Math.max(block.first, ...kept.map((id) => id + 1));
  const renamed = new Map<number, number>();
  const entries = registration.entries.map((entry) => {
    const id = within(entry.id, block) ? entry.id : next++;
    renamed.set(entry.id, id);
    return { ...copied(entry), id };
  });
  const { overrideEntryId } = lifting;
  const { _persist, ...rest } = state;
  return {
    ...copied(rest),
    registration: { ...copied(registration), nextEntryId: next, entries, lookup: lookupOf(entries) },
    lifting: { ...copied(lifting), overrideEntryId: overrideEntryId === null ? null : (renamed.get(overrideEntryId) ?? null) },
  } as AppState;
}
