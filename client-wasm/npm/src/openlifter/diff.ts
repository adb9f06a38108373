/**
 * What changed between two states of the app, as paths of a meet and their values. References say nothing, as the app
 * changes entries where they are: everything is compared with a deep copy.
 */

import type { MeetEntry, MeetTree, MeetValue } from "../meet-types.js";
import { ATTEMPTS, ENTRY_LEAVES, LIFTS, MEET_LEAVES, type AppEntry, type AppState, type Synced } from "./app-state.js";
import { appEntry, attemptKey, attemptOf, copied, meetValue, same, wholeEntry } from "./mapping.js";

/** One thing that was set. */
export type Change = readonly [path: string, value: MeetValue];

/** The part of a state that is synchronised, copied. */
export function syncedOf(state: AppState): Synced {
  return { meet: copied(state.meet), entries: copied(state.registration.entries) };
}

/** What is compared with to find that everything has to be sent. */
export const NOTHING: Synced = { meet: {}, entries: [] };

/** What the app changed since `before`. `tree` tells which entries the meet has, or had. */
export function changesSince(before: Synced, state: AppState, tree: MeetTree): Change[] {
  return [...meetChanges(before, state), ...entryChanges(before, state, tree)];
}

function meetChanges(before: Synced, { meet }: AppState): Change[] {
  return [...MEET_LEAVES, "plates" as const]
    .filter((leaf) => !same(before.meet[leaf], meet[leaf]))
    .map((leaf) => [`meet.${leaf}`, meetValue(leaf, meet[leaf])]);
}

function entryChanges(before: Synced, { registration }: AppState, tree: MeetTree): Change[] {
  const changes: Change[] = [];
  const then = new Map(before.entries.map((entry) => [entry.id, entry]));
  const deleted = byId(tree.deleted);
  const there = byId(tree.entries);
  for (const entry of registration.entries) {
    const old = then.get(entry.id);
    then.delete(entry.id);
    if (old !== undefined) {
      changes.push(...changesOf(old, entry));
      continue;
    }
    const gone = deleted.get(entry.id);
    const known = gone ?? there.get(entry.id);
    if (gone !== undefined) {
      changes.push([`${pathOf(entry.id)}.deleted`, false]);
    }
    if (known !== undefined) {
      changes.push(...changesOf(appEntry(known, undefined), entry));
    } else {
      changes.push([pathOf(entry.id), wholeEntry(entry)]);
    }
  }
  for (const id of then.keys()) {
    if (there.has(id)) {
      changes.push([`${pathOf(id)}.deleted`, true]);
    }
  }
  return changes;
}

/** What changed in one entry. */
function changesOf(old: AppEntry, entry: AppEntry): Change[] {
  const changes: Change[] = [];
  for (const leaf of ENTRY_LEAVES) {
    if (!same(old[leaf], entry[leaf])) {
      changes.push([`${pathOf(entry.id)}.${leaf}`, copied(entry[leaf]) as MeetValue]);
    }
  }
  for (const lift of LIFTS) {
    for (const number of ATTEMPTS) {
      const attempt = attemptOf(entry, lift, number);
      if (!same(attemptOf(old, lift, number), attempt)) {
        changes.push([`${pathOf(entry.id)}.${attemptKey(lift, number)}`, attempt]);
      }
    }
  }
  return changes;
}

/** The path of an entry. */
export function pathOf(id: number): string {
  return `registration.entries[${id}]`;
}

function byId(entries: ReadonlyArray<MeetEntry>): Map<number, MeetEntry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}
