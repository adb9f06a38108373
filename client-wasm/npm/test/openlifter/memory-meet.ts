/**
 * A meet in memory, for tests of the adapter: a log, and desks that can be cut off from it. A change loses to one that
 * came first and that its desk had not seen; there are no priorities, no disk and no clock.
 */

import { ScorelayError } from "../../src/errors.js";
import type {
  KeptMeet,
  Meet,
  MeetClient,
  MeetEntry,
  MeetState,
  MeetTree,
  MeetValue,
  NewEntry,
  Overruled,
  PendingState,
  Stage,
} from "../../src/meet-types.js";
import { newStore, type OwnedStore } from "../../src/store.js";
import { same } from "../../src/openlifter/mapping.js";

interface Line {
  readonly author: MemoryDesk | null;
  readonly path: string;
  readonly value: MeetValue;
}

interface Waiting {
  readonly path: string;
  readonly value: MeetValue;
  readonly after: number;
}

/** The log. */
export class MemoryCore {
  readonly lines: Line[] = [];
  readonly desks: MemoryDesk[] = [];
  /** Updates that desks sent, echoes included. */
  sent = 0;
  #drivers = new Map<number, MemoryDesk>();

  /** Sets something as a desk does that is none of the test's. */
  remote(...changes: Array<readonly [path: string, value: MeetValue]>): void {
    changes.forEach(([path, value]) => this.lines.push({ author: null, path, value }));
    this.desks.forEach((desk) => desk.hear());
  }

  desk(location = "Platform"): MemoryDesk {
    const desk = new MemoryDesk(this, location, 5_000 + 10_000 * this.desks.length);
    this.desks.push(desk);
    return desk;
  }

  tree(): MeetTree {
    return treeOf(this.lines);
  }

  /** Whether it stands. */
  take(author: MemoryDesk, { path, value, after }: Waiting): boolean {
    this.sent += 1;
    const unseen = this.lines.slice(after).filter((line) => line.path === path && line.author !== author);
    if (unseen.some((line) => !same(line.value, value))) {
      return false;
    }
    this.lines.push({ author, path, value });
    return true;
  }

  drive(stage: number, desk: MemoryDesk, claim: "claim" | "take-over" | "leave"): void {
    const holder = this.#drivers.get(stage);
    if (claim === "leave") {
      this.#drivers.delete(stage);
    } else if (claim === "claim" && holder !== undefined && holder !== desk) {
      throw new ScorelayError("stage-taken", "another desk runs the stage");
    } else {
      this.#drivers.set(stage, desk);
    }
    this.desks.forEach((one) => one.drives.set([...this.#drivers].filter(([, at]) => at === one).map(([number]) => number)));
    this.desks.forEach((one) => one.drives.notify());
  }
}

/** A desk, as `scorelay/meet` has it. */
export class MemoryDesk implements Meet {
  readonly id = "123-456-789";
  readonly location: string;
  readonly block: { first: number; count: number };
  readonly locations = newStore([{ name: "Platform", priority: 20 }]);
  readonly state: OwnedStore<MeetState>;
  readonly pending = newStore<PendingState>({ count: 0, heldUp: null, saved: true });
  readonly overruled = newStore<ReadonlyArray<Overruled>>([]);
  readonly keeping = newStore({ kind: "lasting", warning: null } as const);
  readonly drives = newStore<ReadonlyArray<number>>([]);
  readonly published: Array<{ csv: string; returnAddress: string }> = [];
  /** Calls of `set` and `setAll`. */
  sets = 0;
  readonly #core: MemoryCore;
  readonly #listeners = new Set<() => void>();
  #waiting: Waiting[] = [];
  #seen = 0;
  #online = true;
  #saves = true;
  #tree: MeetTree = treeOf([]);

  constructor(core: MemoryCore, location: string, first: number) {
    this.#core = core;
    this.location = location;
    this.block = { first, count: 10_000 };
    this.state = newStore(stateOf("live"));
    this.hear();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): MeetTree => this.#tree;

  /** Cuts it off, or sends what waits. */
  online(online: boolean): void {
    this.#online = online;
    this.become(online ? "live" : "offline");
    if (online) {
      this.hear();
    }
  }

  become(kind: MeetState["kind"]): void {
    this.state.set(stateOf(kind));
    this.state.notify();
  }

  /** Whether its disk takes what is set. */
  saving(saves: boolean): void {
    this.#saves = saves;
    this.#changed();
  }

  /** Takes part in what the log has, if it can. */
  hear(): void {
    if (this.#online) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const lost = waiting.filter((one) => !this.#core.take(this, one));
      this.#seen = this.#core.lines.length;
      if (lost.length > 0) {
        const tree = this.#core.tree();
        const told = lost.map(({ path, value }, at): Overruled => ({
          line: this.#seen * 1_000 + at,
          path,
          mine: value,
          why: "overruled",
          stands: valueAt(tree, path),
          location: "Warm-up",
        }));
        this.overruled.set([...this.overruled.getSnapshot(), ...told]);
        this.overruled.notify();
      }
      this.#changed();
      if (waiting.length > 0) {
        this.#core.desks.filter((desk) => desk !== this).forEach((desk) => desk.hear());
      }
    }
  }

  get(path: string): MeetValue {
    return valueAt(this.#tree, path);
  }

  set(path: string, value: MeetValue): void {
    this.setAll([[path, value]]);
  }

  setAll(changes: Iterable<readonly [path: string, value: MeetValue]>): void {
    this.sets += 1;
    const list = [...changes];
    list.forEach(([path, value]) => check(path, value));
    this.#waiting.push(...list.map(([path, value]) => ({ path, value: freeze(value), after: this.#seen })));
    this.#changed();
    this.hear();
  }

  nextEntry(): number {
    const used = new Set([...this.#tree.entries, ...this.#tree.deleted].map(({ id }) => id));
    let id = this.block.first;
    while (used.has(id)) {
      id += 1;
    }
    return id;
  }

  useMineAgain(line: number): void {
    const one = this.overruled.getSnapshot().find((given) => given.line === line)!;
    this.dismiss(line);
    this.set(one.path, one.mine);
  }

  dismiss(line: number): void {
    this.overruled.set(this.overruled.getSnapshot().filter((one) => one.line !== line));
    this.overruled.notify();
  }

  async drive(stage: number, claim: "claim" | "take-over" | "leave" = "claim"): Promise<void> {
    this.#core.drive(stage, this, claim);
  }

  async displayLink(): Promise<{ meet: string; token: string }> {
    return { meet: this.id, token: "T".repeat(43) };
  }

  settled = async (): Promise<void> => {};
  join = async (): Promise<void> => this.become("live");
  takeOver = async (): Promise<void> => this.become("live");
  addLocation = async (): Promise<void> => {};
  sessions = async (): Promise<[]> => [];
  revoke = async (): Promise<void> => {};
  changePassword = async (): Promise<void> => {};
  publish = async ({ csv, returnAddress }: { csv: string; returnAddress: string }): Promise<{ number: number }> => {
    this.published.push({ csv, returnAddress });
    return { number: this.published.length };
  };
  leave = async (): Promise<void> => this.become("logged-out");
  close = (): void => this.become("closed");
  [Symbol.dispose] = (): void => this.close();

  #changed(): void {
    const own = this.#waiting.map(({ path, value }) => ({ author: this, path, value }));
    this.#tree = treeOf([...this.#core.lines.slice(0, this.#seen), ...own], this.#tree);
    this.pending.set({ count: own.length, heldUp: null, saved: this.#saves });
    this.pending.notify();
    [...this.#listeners].forEach((listener) => listener());
  }
}

/** A client whose only meet is that of `core`. */
export function memoryClient(core: MemoryCore): MeetClient {
  const open = async (): Promise<Meet> => core.desk();
  const client: Partial<MeetClient> = {
    createMeet: open,
    joinMeet: async ({ password }) => {
      if (password.length < 10) {
        throw new ScorelayError("bad-login", "no such meet, or another password");
      }
      return core.desk("Warm-up");
    },
    openMeet: open,
    keptMeets: async (): Promise<KeptMeet[]> => [],
    forgetMeet: async () => {},
    close: () => {},
  };
  return client as MeetClient;
}

function stateOf(kind: MeetState["kind"]): MeetState {
  return { kind, since: 0, error: null, reason: null, sent: 0, total: 0, finished: false, logHalfFull: false };
}

function check(path: string, value: MeetValue): void {
  const whole = /^registration\.entries\[\d+\]$/.test(path) ? Object.values(value as object) : [value];
  if (whole.some((part) => typeof part === "string" && part.length > 256)) {
    throw new ScorelayError("too-long", `${path} takes at most 256 bytes of text`);
  }
  if (whole.some((part) => typeof part === "number" && !Number.isFinite(part))) {
    throw new ScorelayError("bad-value", `${path} takes finite numbers`);
  }
}

function valueAt(tree: MeetTree, path: string): MeetValue {
  const [, leaf] = /^meet\.(\w+)$/.exec(path) ?? [];
  const [, stage] = /^live\[(\d+)\]$/.exec(path) ?? [];
  const [, id, key] = /^registration\.entries\[(\d+)\](?:\.(.+))?$/.exec(path) ?? [];
  if (leaf !== undefined) {
    return tree.meet[leaf as "name"];
  }
  if (stage !== undefined) {
    return tree.live[Number(stage)];
  }
  const entry = [...tree.entries, ...tree.deleted].find((one) => one.id === Number(id));
  return key === undefined ? entry : entry?.[key as "name"];
}

/** What lines come to; parts that are as they were before are the same objects. */
function treeOf(lines: ReadonlyArray<Line>, before?: MeetTree): MeetTree {
  const meet: { [leaf: string]: unknown } = {};
  const live: { [stage: number]: Stage } = {};
  const entries = new Map<number, { [key: string]: unknown }>();
  for (const { path, value } of lines) {
    const [, leaf] = /^meet\.(\w+)$/.exec(path) ?? [];
    const [, stage] = /^live\[(\d+)\]$/.exec(path) ?? [];
    const [, number, key] = /^registration\.entries\[(\d+)\](?:\.(.+))?$/.exec(path) ?? [];
    const id = Number(number);
    if (leaf !== undefined) {
      meet[leaf] = value;
    } else if (stage !== undefined) {
      live[Number(stage)] = value as Stage;
    } else if (key === undefined && !entries.has(id)) {
      entries.set(id, { ...(value as NewEntry), id });
    } else if (key !== undefined && entries.has(id)) {
      entries.get(id)![key] = value;
    }
  }
  const old = new Map([...(before?.entries ?? []), ...(before?.deleted ?? [])].map((entry) => [entry.id, entry]));
  const all = [...entries.values()].map((entry) => {
    const known = old.get(entry["id"] as number);
    return known !== undefined && same(known, entry) ? known : (freeze(entry) as unknown as MeetEntry);
  });
  return freeze({ meet, live, entries: all.filter((entry) => entry.deleted !== true), deleted: all.filter((entry) => entry.deleted === true) });
}

/** What a meet hands out may be frozen: an app that is given it as it is breaks. */
function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
