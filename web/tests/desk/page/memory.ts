/**
 * A meet in memory that the desk can be tried with: what is set stands at once, and a test can speak as another desk. It
 * has none of the rules of the real one; what they come to is set by the test.
 */
import type {
  Attempt, DisplayLink, Keeping, KeptMeet, Location, Meet, MeetClient, MeetDisplay, MeetEntry, MeetLeaves, MeetSession, MeetState, MeetTree,
  MeetValue, Overruled, PendingState, Stage,
} from "../../../src/meet/index.ts";

class Held<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  readonly getSnapshot = (): T => this.#value;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** When the first desk came in; sessions last a week. */
const OPENED = Date.UTC(2026, 10, 21, 8, 30);
const WEEK = 7 * 86_400_000;

const LIVE: MeetState = { kind: "live", since: 0, error: null, reason: null, sent: 0, total: 0, finished: false, logHalfFull: false };

/** An error as the client throws it. */
export function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The meet, with what a test does to it. */
export class MemoryMeet implements Omit<Meet, typeof Symbol.dispose> {
  readonly id: string;
  readonly location: string;
  readonly block = { first: 5000, count: 10_000 };
  readonly locations: Held<ReadonlyArray<Location>>;
  readonly state = new Held<MeetState>(LIVE);
  readonly pending = new Held<PendingState>({ count: 0, heldUp: null, saved: true });
  readonly overruled = new Held<ReadonlyArray<Overruled>>([]);
  readonly keeping = new Held<Keeping>({ kind: "lasting", warning: null });
  readonly drives = new Held<ReadonlyArray<number>>([]);
  /** What this desk set, in its order. */
  readonly writes: [string, MeetValue][] = [];
  /** Stages that another desk drives. */
  readonly taken = new Set<number>();
  published: { csv: string; returnAddress: string; force?: boolean } | null = null;
  /** Desks that hold changes back. */
  behind: string | null = null;
  #sessions: MeetSession[] = [
    { number: 1, role: "desk", location: "Platform", own: true, opened: OPENED, ends: OPENED + WEEK },
    { number: 2, role: "desk", location: "Weigh-in", own: false, opened: OPENED + 1_200_000, ends: OPENED + WEEK },
  ];
  readonly #tree = new Held<MeetTree>({ meet: {}, entries: [], deleted: [], live: {} });
  readonly subscribe = this.#tree.subscribe;
  readonly getSnapshot = this.#tree.getSnapshot;

  constructor(id: string, location: string, locations: ReadonlyArray<Location>) {
    this.id = id;
    this.location = location;
    this.locations = new Held(locations);
  }

  get(path: string): MeetValue {
    const tree = this.getSnapshot();
    const { entry, leaf, stage } = parse(path);
    if (stage !== null) return tree.live[stage];
    if (entry === null) return tree.meet[leaf as keyof MeetLeaves];
    const found = [...tree.entries, ...tree.deleted].find(({ id }) => id === entry);
    return leaf === "" ? (found as MeetValue) : (found as unknown as Record<string, MeetValue> | undefined)?.[leaf];
  }

  set(path: string, value: MeetValue): void {
    this.setAll([[path, value]]);
  }

  setAll(changes: Iterable<readonly [string, MeetValue]>): void {
    const list = [...changes];
    if (list.some(([path]) => parse(path) === undefined)) throw refusal("bad-path", "there is no such path");
    for (const [path, value] of list) {
      this.writes.push([path, value]);
      this.remote(path, value);
    }
    if (this.state.getSnapshot().kind === "offline") {
      this.pending.set({ ...this.pending.getSnapshot(), count: this.pending.getSnapshot().count + list.length });
    }
  }

  /** Sets a path as another desk does. */
  remote(path: string, value: MeetValue): void {
    const tree = this.getSnapshot();
    const { entry, leaf, stage } = parse(path);
    if (stage !== null) return this.#tree.set({ ...tree, live: { ...tree.live, [stage]: value as Stage } });
    if (entry === null) return this.#tree.set({ ...tree, meet: without({ ...tree.meet, [leaf]: value }) });
    const all = [...tree.entries, ...tree.deleted];
    const changed = leaf === "" ? ({ ...(value as object), id: entry } as MeetEntry) : null;
    const next = changed === null
      ? all.map((one) => (one.id === entry ? without({ ...one, [leaf]: value as Attempt }) : one))
      : [...all.filter(({ id }) => id !== entry), changed];
    next.sort((a, b) => a.id - b.id);
    this.#tree.set({ ...tree, entries: next.filter((one) => one.deleted !== true), deleted: next.filter((one) => one.deleted === true) });
  }

  nextEntry(): number {
    const tree = this.getSnapshot();
    return Math.max(this.block.first - 1, ...[...tree.entries, ...tree.deleted].map(({ id }) => id)) + 1;
  }

  useMineAgain(line: number): void {
    const one = this.overruled.getSnapshot().find((each) => each.line === line);
    if (one !== undefined) this.set(one.path, one.mine);
    this.dismiss(line);
  }

  dismiss(line: number): void {
    this.overruled.set(this.overruled.getSnapshot().filter((one) => one.line !== line));
  }

  async settled(): Promise<void> {}
  async join(): Promise<void> {
    this.state.set(LIVE);
  }
  async takeOver(): Promise<void> {
    this.state.set(LIVE);
  }
  async addLocation(location: Location): Promise<void> {
    this.locations.set([...this.locations.getSnapshot(), location]);
  }
  async sessions(): Promise<ReadonlyArray<MeetSession>> {
    return this.#sessions;
  }
  async revoke(session: number): Promise<void> {
    this.#sessions = this.#sessions.filter(({ number }) => number !== session);
  }
  async changePassword(): Promise<void> {}
  async displayLink(): Promise<DisplayLink> {
    return { meet: this.id, token: "A".repeat(43) };
  }
  async drive(stage: number, claim: "claim" | "take-over" | "leave" = "claim"): Promise<void> {
    if (claim === "claim" && this.taken.has(stage)) throw refusal("stage-taken", "another desk drives the stage");
    const others = this.drives.getSnapshot().filter((one) => one !== stage);
    this.drives.set(claim === "leave" ? others : [...others, stage]);
  }
  async publish(given: { csv: string; returnAddress: string; force?: boolean }): Promise<{ number: number }> {
    if (this.behind !== null && given.force !== true) throw refusal("desks-behind", `these desks hold changes back: ${this.behind}`);
    this.published = given;
    this.state.set({ ...this.state.getSnapshot(), finished: true });
    return { number: 1 };
  }
  async leave(): Promise<void> {
    this.state.set({ ...LIVE, kind: "logged-out", reason: "left" });
  }
  close(): void {}
}

/** A client whose meets are in memory. Only what the desk asks of it is there. */
export class MemoryClient {
  meet: MemoryMeet | null = null;
  #kept: KeptMeet[] = [];

  async createMeet({ location, locations }: { location: string; locations: ReadonlyArray<Location> }): Promise<Meet> {
    return this.#enter(new MemoryMeet("123-456-789", location, locations));
  }
  async joinMeet({ meet, location, password }: { meet: string; location: string; password: string }): Promise<Meet> {
    if (password !== "correct horse") throw refusal("wrong-password", "wrong id or wrong password");
    return this.#enter(new MemoryMeet(meet, location, [{ name: location, priority: 10 }]));
  }
  async keptMeets({ unanswered = false }: { unanswered?: boolean } = {}): Promise<ReadonlyArray<KeptMeet>> {
    return this.#kept.filter(({ id }) => unanswered || id !== "");
  }
  async openMeet(): Promise<Meet> {
    this.meet?.state.set({ ...this.meet.state.getSnapshot(), kind: "live", error: null });
    return this.meet as unknown as Meet;
  }
  async forgetMeet(id: string): Promise<void> {
    this.#kept = this.#kept.filter((one) => one.id !== id);
  }
  /** A meet was to be made here, and its page went before there was an answer. */
  lostAnswer(): void {
    this.#kept = [...this.#kept, { id: "", location: "Platform", name: "" }];
  }
  watchMeet(): MeetDisplay {
    throw new Error("not for displays");
  }

  #enter(meet: MemoryMeet): Meet {
    this.meet = meet;
    this.#kept = [{ id: meet.id, location: meet.location, name: "Kept" }];
    return meet as unknown as Meet;
  }
}

/** The client as the desk takes it. */
export function asClient(client: MemoryClient): MeetClient {
  return client as unknown as MeetClient;
}

function parse(path: string): { readonly entry: number | null; readonly leaf: string; readonly stage: number | null } {
  const entry = /^registration\.entries\[(\d+)\](?:\.(.+))?$/.exec(path);
  if (entry !== null) return { entry: Number(entry[1]), leaf: entry[2] ?? "", stage: null };
  const stage = /^live\[(\d+)\]$/.exec(path);
  if (stage !== null) return { entry: null, leaf: "", stage: Number(stage[1]) };
  return { entry: null, leaf: path.replace(/^meet\./, ""), stage: null };
}

function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
