/** Two apps over a meet in memory come level, whatever they do and whoever is offline, and send nothing twice. */

import { describe, expect, it, vi } from "vitest";
import type { MeetTree } from "../../src/meet-types.js";
import { type AppState } from "../../src/openlifter/app-state.js";
import { changesSince, NOTHING, syncedOf } from "../../src/openlifter/diff.js";
import { attemptOf, copied } from "../../src/openlifter/mapping.js";
import { lookupOf, merged } from "../../src/openlifter/merge.js";
import { Sync, type Start } from "../../src/openlifter/sync.js";
import { MemoryCore, type MemoryDesk } from "./memory-meet.js";
import { changeSomething, emptyState, newEntry, Random, withEntries } from "./random.js";

/** An app with its state and nothing else. */
class BareApp {
  state: AppState;
  overwrites = 0;
  isTyping = false;

  constructor(state: AppState) {
    this.state = state;
  }

  getState = (): AppState => this.state;
  typing = (): boolean => this.isTyping;
  overwrite = (state: AppState): void => {
    this.overwrites += 1;
    this.state = state;
  };
}

class Keeper {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

function started(core: MemoryCore, state: AppState, start: Start, keep = new Keeper()): { app: BareApp; desk: MemoryDesk; sync: Sync } {
  const [app, desk] = [new BareApp(state), core.desk()];
  return { app, desk, sync: new Sync(app, desk, keep, start) };
}

/** What has to be the same in all apps. */
function shared({ meet, registration }: AppState): unknown {
  return { meet, entries: registration.entries, lookup: registration.lookup };
}

const EMPTY: MeetTree = { meet: {}, entries: [], deleted: [], live: {} };

it("L16: a state goes into a meet and comes back bit by bit", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = new Random(seed);
    let state = emptyState();
    for (let step = 0; step < 60; step += 1) {
      state = changeSomething(state, random);
    }
    const core = new MemoryCore();
    core.remote(...changesSince(NOTHING, state, EMPTY));
    const back = merged(emptyState(), core.tree(), 5_000)!;
    expect(shared(back), `seed ${seed}`).toEqual(shared(state));
    expect(merged(copied(state), core.tree(), state.registration.nextEntryId), `seed ${seed}`).toBeNull();
  }
});

/** L16, L19: two laptops, any histories, any moments offline: level at the end, with nothing that did not lose a conflict lost. */
it.each(Array.from({ length: 40 }, (_, at) => at + 1))("two apps come level, seed %i", (seed) => {
  const random = new Random(seed);
  const core = new MemoryCore();
  const sides = [started(core, emptyState(), { kind: "made" }), started(core, emptyState(), { kind: "joined" })];
  const made = new Set<number>();
  for (let step = 0; step < 120; step += 1) {
    const side = random.of(sides);
    const what = random.below(10);
    if (what === 0) {
      side.desk.online(random.below(2) === 0);
    } else if (what === 1) {
      side.app.isTyping = !side.app.isTyping;
    } else if (what < 4) {
      side.sync.flush(random.below(3) === 0 ? "send" : undefined);
    } else {
      side.app.state = changeSomething(side.app.state, random);
      side.app.state.registration.entries.forEach(({ id }) => made.add(id));
      side.sync.flush("send");
    }
  }
  // Each sends, then each hears what the others' sending came to.
  for (let round = 0; round < 2; round += 1) {
    for (const { app, desk, sync } of sides) {
      app.isTyping = false;
      desk.online(true);
      sync.flush();
    }
  }
  const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]];
  expect(shared(other.app.state)).toEqual(shared(one.app.state));
  const tree = core.tree();
  expect([...tree.entries, ...tree.deleted].map(({ id }) => id).sort()).toEqual([...made].sort());
  expect(merged(one.app.state, core.tree(), one.app.state.registration.nextEntryId)).toBeNull();
  const sent = core.sent;
  for (const { app, sync } of [...sides, ...sides]) {
    const overwrites = app.overwrites;
    sync.flush();
    expect(app.overwrites).toBe(overwrites);
  }
  expect(core.sent).toBe(sent);
  sides.forEach(({ sync }) => sync.stop());
});

describe("ids", () => {
  it("L16: each app counts in its desk's block, and an entry keeps its id", () => {
    const core = new MemoryCore();
    const one = started(core, withEntries(emptyState(), [newEntry(5_000), newEntry(5_001)], 5_002), { kind: "made" });
    const other = started(core, emptyState(), { kind: "joined" });
    expect(one.app.state.registration.nextEntryId).toBe(5_002);
    expect(other.app.state.registration.nextEntryId).toBe(15_000);
    expect(other.app.state.registration.entries.map(({ id }) => id)).toEqual([5_000, 5_001]);
  });

  it("L16: a new meet of what another one left gives new ids, before anybody knows of them", () => {
    const core = new MemoryCore();
    const state = withEntries(emptyState(), [newEntry(5_004, { name: "A" }), newEntry(15_000, { name: "B" })], 5_005);
    state.lifting.overrideEntryId = 15_000;
    const { app } = started(core, state, { kind: "made" });
    expect(app.state.registration.entries.map(({ id, name }) => [id, name])).toEqual([[5_004, "A"], [5_005, "B"]]);
    expect(app.state.lifting.overrideEntryId).toBe(5_005);
    expect(core.tree().entries.map(({ id }) => id)).toEqual([5_004, 5_005]);
  });
});

it("L16: entries stand in the order they were made in, and lookup with them", () => {
  const core = new MemoryCore();
  const { app, desk, sync } = started(core, emptyState(), { kind: "joined" });
  desk.online(false);
  app.state = withEntries(app.state, [newEntry(app.state.registration.nextEntryId, { name: "Mine" })], 5_001);
  sync.flush();
  core.remote(["registration.entries[15000]", { name: "Theirs, first" }]);
  desk.online(true);
  sync.flush();
  expect(app.state.registration.entries.map(({ name }) => name)).toEqual(["Theirs, first", "Mine"]);
  expect(app.state.registration.lookup).toEqual(lookupOf(app.state.registration.entries));
});

it("L16: what is the device's stays the device's", () => {
  const core = new MemoryCore();
  const one = started(core, withEntries(emptyState(), [newEntry(5_000)], 5_001), { kind: "made" });
  const other = started(core, { ...emptyState(), language: "de" }, { kind: "joined" });
  one.app.state.lifting = { ...one.app.state.lifting, lift: "D", columnDivisionWidthPx: 33, overrideAttempt: 2 };
  one.app.state = { ...one.app.state, language: "fr" };
  one.sync.flush();
  other.sync.flush();
  expect(other.app.state).toMatchObject({ language: "de", lifting: { lift: "S", columnDivisionWidthPx: 0, overrideAttempt: null } });
  expect(core.lines.filter(({ path }) => path.startsWith("live") || /lifting|language|lookup|nextEntry|Px/.test(path))).toEqual([]);
});

/** L14: overlays follow the desk that runs the stage, and only it. */
it("L16: the lifting page goes to the stage that this desk runs", async () => {
  const core = new MemoryCore();
  const lifters = [newEntry(5_000, { squatKg: [100, 0, 0, 0, 0] }), newEntry(5_001, { squatKg: [90, 0, 0, 0, 0] })];
  const one = started(core, withEntries(emptyState(), lifters, 5_002), { kind: "made" });
  expect(core.tree().live).toEqual({});
  await one.desk.drive(1);
  one.sync.flush();
  expect(core.tree().live[1]).toEqual({ flight: "A", lift: "squat", attempt: 1, lifter: 5_001 });
  (one.app.state.registration.entries[1]!["squatStatus"] as number[])[0] = 1;
  one.sync.flush();
  expect(core.tree().live[1]).toEqual({ flight: "A", lift: "squat", attempt: 1, lifter: 5_000 });
  one.app.state.lifting = { ...one.app.state.lifting, platform: 2 };
  one.sync.flush();
  expect(core.tree().live).toEqual({ 1: { flight: "A", lift: "squat", attempt: 1, lifter: 5_000 } });
});

it("L16: what the meet does not take stays here, is said, and does not hold back the rest", () => {
  const core = new MemoryCore();
  const { app, sync } = started(core, withEntries(emptyState(), [newEntry(5_000)], 5_001), { kind: "made" });
  const long = "x".repeat(300);
  Object.assign(app.state.registration.entries[0]!, { notes: long, bodyweightKg: 82.5 });
  app.state = withEntries(app.state, [...app.state.registration.entries, newEntry(5_001, { name: "New", team: long })], 5_002);
  sync.flush();
  expect(core.tree().entries).toMatchObject([{ bodyweightKg: 82.5, notes: "" }, { name: "New" }]);
  expect(sync.held.list().map(({ path }) => path)).toEqual(["registration.entries[5000].notes", "registration.entries[5001].team"]);
  core.remote(["meet.name", "Open"]);
  sync.flush();
  expect(app.state).toMatchObject({ meet: { name: "Open" }, registration: { entries: [{ notes: long }, { team: long }] } });
  Object.assign(app.state.registration.entries[0]!, { notes: "short" });
  sync.flush();
  expect(sync.held.list()).toHaveLength(1);
  sync.release("registration.entries[5001].team");
  sync.flush();
  expect(app.state.registration.entries[1]!["team"]).toBe("");
  expect(core.tree().entries[0]).toMatchObject({ notes: "short" });
});

/** L7: a page that dies between a key and the disk. */
describe("what was not known to be on disk", () => {
  it("is set again by the next page", () => {
    const [keep, first] = [new Keeper(), new MemoryCore()];
    const one = started(first, withEntries(emptyState(), [newEntry(5_000)], 5_001), { kind: "made" }, keep);
    const saved = copied(one.app.state);
    one.desk.saving(false);
    Object.assign(one.app.state.registration.entries[0]!, { bodyweightKg: 100 / 3 });
    one.sync.flush();
    // The disk never saw it: the next page's desk has the log up to then.
    const core = new MemoryCore();
    core.remote(...first.lines.slice(0, -1).map(({ path, value }) => [path, value] as const));
    const next = started(core, saved, { kind: "opened", loaded: syncedOf(saved) }, keep);
    expect(core.tree().entries[0]).toMatchObject({ bodyweightKg: 100 / 3 });
    expect(next.app.state.registration.entries[0]!["bodyweightKg"]).toBe(100 / 3);
    expect(keep.kept.size).toBe(0);
  });

  it("is shown, and not set, where somebody else has set something since", () => {
    const [keep, first] = [new Keeper(), new MemoryCore()];
    const one = started(first, withEntries(emptyState(), [newEntry(5_000)], 5_001), { kind: "made" }, keep);
    const saved = copied(one.app.state);
    one.desk.saving(false);
    Object.assign(one.app.state.registration.entries[0]!, { bodyweightKg: 90 });
    one.sync.flush();
    const core = new MemoryCore();
    core.remote(...first.lines.slice(0, -1).map(({ path, value }) => [path, value] as const));
    core.remote(["registration.entries[5000].bodyweightKg", 91]);
    const next = started(core, saved, { kind: "opened", loaded: syncedOf(saved) }, keep);
    expect(next.app.state.registration.entries[0]!["bodyweightKg"]).toBe(91);
    expect(next.sync.held.list()).toMatchObject([{ path: "registration.entries[5000].bodyweightKg", mine: 90, shown: false }]);
  });
});

it("L16: after a reload what others set meanwhile stands, and what was changed since it began is sent", () => {
  const core = new MemoryCore();
  const entries = [newEntry(5_000, { bodyweightKg: 80 }), newEntry(5_001)];
  started(core, withEntries(emptyState(), entries, 5_002), { kind: "made" }).sync.stop();
  core.remote(["registration.entries[5000].bodyweightKg", 81], ["registration.entries[5000].squat[1]", { kg: 222.5, result: "open" }]);
  const stale = withEntries(emptyState(), copied(entries), 5_002);
  const loaded = syncedOf(stale);
  Object.assign(stale.registration.entries[1]!, { lot: 7 });
  const { app } = started(core, stale, { kind: "opened", loaded });
  expect(app.state.registration.entries).toMatchObject([{ bodyweightKg: 81, squatKg: [222.5, 0, 0, 0, 0] }, { lot: 7 }]);
  expect(core.tree().entries).toMatchObject([{ bodyweightKg: 81 }, { lot: 7 }]);
});

it("L16: another tab of the browser writes nothing, and brings what it changed when it takes over", () => {
  const core = new MemoryCore();
  const { app, desk, sync } = started(core, withEntries(emptyState(), [newEntry(5_000)], 5_001), { kind: "made" });
  desk.become("elsewhere");
  Object.assign(app.state.registration.entries[0]!, { lot: 3 });
  sync.flush();
  expect(core.tree().entries[0]).toMatchObject({ lot: 0 });
  core.remote(["registration.entries[5000].team", "Theirs"]);
  desk.become("live");
  sync.flush();
  expect(core.tree().entries[0]).toMatchObject({ lot: 3, team: "Theirs" });
  expect(app.state.registration.entries[0]).toMatchObject({ lot: 3, team: "Theirs" });
});

it("L16: a burst of dispatches is compared and set once", () => {
  vi.useFakeTimers();
  const core = new MemoryCore();
  const { app, desk, sync } = started(core, withEntries(emptyState(), [newEntry(5_000)], 5_001), { kind: "made" });
  const before = desk.sets;
  for (let at = 1; at <= 500; at += 1) {
    (app.state.registration.entries[0]!["squatKg"] as number[])[0] = at;
    sync.noticed();
  }
  vi.advanceTimersByTime(1_000);
  expect(desk.sets - before).toBe(1);
  expect(attemptOf(app.state.registration.entries[0]!, "squat", 1).kg).toBe(500);
  expect(core.tree().entries[0]!["squat[1]"]).toEqual({ kg: 500, result: "open" });
  vi.useRealTimers();
});

it("L16: nothing the app is given is frozen or the meet's own", () => {
  const core = new MemoryCore();
  const { app, sync } = started(core, emptyState(), { kind: "joined" });
  core.remote(["registration.entries[15000]", { divisions: ["Open"], "squat[1]": { kg: 1, result: "good" } }], ["meet.divisions", ["Open"]]);
  sync.flush();
  const walk = (value: unknown): void => {
    if (typeof value === "object" && value !== null) {
      expect(Object.isFrozen(value)).toBe(false);
      Object.values(value).forEach(walk);
    }
  };
  walk(app.state);
  (app.state.registration.entries[0]!["divisions"] as string[]).push("Junior");
  expect(core.tree().entries[0]!.divisions).toEqual(["Open"]);
});

it("L19: null and absent show as nothing and are never sent", () => {
  const core = new MemoryCore();
  core.remote(["registration.entries[15000]", { name: null, bodyweightKg: null }], ["meet.name", null]);
  const state = emptyState();
  state.meet.name = "What the app had";
  const { app, sync } = started(core, state, { kind: "joined" });
  expect(app.state.registration.entries[0]).toMatchObject({ name: "", bodyweightKg: 0, sex: "M", squatKg: [0, 0, 0, 0, 0] });
  sync.flush();
  expect(core.sent).toBe(0);
});
