/**
 * A desk as this tab has it: the core's machine, what is kept of it, and the stores that people see. Where another tab has
 * it, or none may have it any more, there is no machine, and what was shown last stays.
 */

import { ScorelayError, textOf } from "./errors.js";
import type { Host } from "./extension.js";
import { holdDesk, type Hold, type Way } from "./meet-hold.js";
import type { MeetCore } from "./meet-core.js";
import * as records from "./meet-records.js";
import type { DeskBox, KeptDesk, Storage } from "./meet-storage.js";
import { EMPTY_TREE, Tree } from "./meet-tree.js";
import type { Location, MeetState, MeetTree, Overruled, PendingState } from "./meet-types.js";
import type { PackedReader } from "./packed.js";
import { newStore } from "./store.js";

const { MeetTag } = records;

/** A promise's two ends. */
export interface Waiting {
  resolve(answer: any): void;
  reject(error: unknown): void;
}

/** The states in which a desk can be told to join. */
const OUT: ReadonlyArray<MeetState["kind"]> = ["opening", "logged-out"];

/** One desk. */
export class Desk {
  /** Its name in the storage. */
  readonly name: string;
  readonly tree = new Tree();
  readonly shown = newStore<MeetTree>(EMPTY_TREE);
  readonly state;
  readonly pending = newStore<PendingState>({ count: 0, heldUp: null, saved: true });
  readonly overruled = newStore<ReadonlyArray<Overruled>>([]);
  readonly locations = newStore<ReadonlyArray<Location>>([]);
  readonly drives = newStore<ReadonlyArray<number>>([]);
  about: records.About;
  /** Its number in the core; `null` where it has no machine. */
  number: number | null = null;
  readonly commands = new Map<number, Waiting>();
  /** Who waits to get into the meet. */
  entering: Waiting | null = null;
  readonly #host: Host;
  readonly #storage: Storage;
  readonly #gone: () => void;
  #hold: Hold | null = null;
  #box: DeskBox | null = null;
  #saves: records.Save[] = [];
  #writing: Promise<void> | null = null;
  #away = false;
  #failure: ScorelayError | null = null;
  #closed = false;

  /** `gone` is called when it is closed for good. */
  constructor(host: Host, storage: Storage, { desk, meet, location }: KeptDesk, gone: () => void) {
    this.name = desk;
    this.#host = host;
    this.#storage = storage;
    this.#gone = gone;
    this.about = { meet, location, block: null, locations: [], drives: [], session: null };
    this.state = newStore<MeetState>(stateOf("opening", host.clock()));
  }

  /** Whether a meet may be made or joined. */
  get isOut(): boolean {
    return this.number !== null && OUT.includes(this.state.getSnapshot().kind);
  }

  /** Brings up the machine; without one where another tab has the desk. */
  async start(way: Way): Promise<void> {
    this.#away = false;
    const hold = this.#storage.lasting ? await this.#held(way) : { release: () => {} };
    if (hold === null || this.#closed) {
      hold?.release();
      this.#lose("elsewhere", null);
      return;
    }
    this.#hold = hold;
    try {
      this.#box = await this.#storage.open(this.name);
      const { kept } = this.#box;
      if (this.#closed || this.#hold !== hold) {
        return;
      }
      const seed = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
      this.number = this.#host.call<number>((core, now) => {
        const meets = core as MeetCore;
        return kept.length === 0 ? meets.newDesk(now, seed) : meets.loadDesk(now, seed, kept);
      });
    } catch (error) {
      this.close(error instanceof ScorelayError ? error : new ScorelayError("not-kept", textOf(error)));
      throw error;
    }
    // Its first records tell everything.
    this.#host.enter((core, now) => core.poll(now));
  }

  /** One record of the core's. */
  read(tag: number, reader: PackedReader, todo: Array<() => void>): void {
    const { set } = this.#host;
    switch (tag) {
      case MeetTag.About: {
        this.about = records.readAbout(reader);
        set(this.locations, this.about.locations);
        set(this.drives, this.about.drives);
        break;
      }
      case MeetTag.State:
        this.#stateIs(records.readState(reader, this.#host.clock()));
        break;
      case MeetTag.Shown: {
        const anew = reader.flag();
        set(this.shown, this.tree.apply(anew, records.readChanges(reader)));
        break;
      }
      case MeetTag.Pending:
        set(this.pending, { ...this.pending.getSnapshot(), ...records.readPending(reader) });
        break;
      case MeetTag.Overruled:
        set(this.overruled, records.readOverruled(reader));
        break;
      case MeetTag.Answer: {
        const no = reader.f64();
        const answer = records.readAnswer(reader);
        const waiting = this.commands.get(no);
        this.commands.delete(no);
        if (answer instanceof ScorelayError) {
          waiting?.reject(answer);
        } else {
          waiting?.resolve(answer);
        }
        break;
      }
      case MeetTag.Save: {
        this.#saves.push(records.readSave(reader));
        this.#savedIs(false);
        todo.push(() => this.#write());
        break;
      }
      default:
        this.entering?.reject(records.readNotOpened(reader));
    }
  }

  /** Waits until what was set so far is on the disk, or cannot be. */
  async flushed(): Promise<void> {
    while (this.#writing !== null) {
      await this.#writing;
    }
  }

  /** The page is put away: another tab may have the desk meanwhile. */
  putAway(): void {
    if (this.number !== null && this.#storage.lasting) {
      this.#away = true;
      void this.flushed().then(() => this.#away && this.#release());
    }
  }

  /** The page is back: what is kept may be another tab's by now. */
  async comeBack(): Promise<void> {
    if (this.#away) {
      await this.flushed();
      this.#drop();
      await this.start("if-free");
    }
  }

  /** Lets go of everything; `error` is why, if something failed. */
  close(error: ScorelayError | null): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#lose("closed", error);
      this.#gone();
    }
  }

  #held(way: Way): Promise<Hold | null> {
    const lose = (): void => {
      if (!this.#closed) {
        this.#lose("elsewhere", null);
      }
    };
    return holdDesk(this.name, way, {
      wanted: async () => {
        await this.flushed();
        lose();
      },
      lost: lose,
    });
  }

  #stateIs(next: MeetState): void {
    const before = this.state.getSnapshot();
    const since = before.kind === next.kind ? before.since : next.since;
    this.#host.set(this.state, { ...next, since, error: next.error ?? this.#failure });
    if (next.kind === "live") {
      this.entering?.resolve(undefined);
    } else if (next.kind === "logged-out" && next.error !== null) {
      this.entering?.reject(next.error);
    }
  }

  #savedIs(saved: boolean): void {
    this.#host.set(this.pending, { ...this.pending.getSnapshot(), saved });
  }

  /** Saves what there is to save, as one; what comes meanwhile is the next. */
  #write(): void {
    const [box, number] = [this.#box, this.number];
    if (this.#writing !== null || box === null || number === null || this.#saves.length === 0) {
      return;
    }
    const saves = this.#saves;
    this.#saves = [];
    this.#writing = box.save(saves).then(
      () => {
        this.#writing = null;
        if (this.number !== number) {
          return;
        }
        if (this.#saves.length === 0) {
          this.#host.change((set) => set(this.pending, { ...this.pending.getSnapshot(), saved: true }));
        }
        this.#host.enter((core, now) => (core as MeetCore).saved(now, number, saves[saves.length - 1]!.number));
        this.#write();
      },
      (error: unknown) => {
        this.#writing = null;
        if (this.number === number) {
          this.#notSaved(number, error instanceof ScorelayError ? error : new ScorelayError("not-kept", textOf(error)));
        }
      },
    );
  }

  /** What was set and could not be kept is shown, and nothing more is taken: to go on would lose it silently. */
  #notSaved(number: number, error: ScorelayError): void {
    if (error.code === "elsewhere") {
      this.#lose("elsewhere", null);
      return;
    }
    this.#failure = error;
    this.#host.enter((core, now) => (core as MeetCore).notSaved(now, number));
    this.close(error);
  }

  /** Goes on without a machine. */
  #lose(kind: "elsewhere" | "closed", error: ScorelayError | null): void {
    this.#drop();
    void this.flushed().then(() => this.#release());
    this.#host.change((set) => {
      const { finished, logHalfFull } = this.state.getSnapshot();
      set(this.state, { ...stateOf(kind, this.#host.clock()), error, finished, logHalfFull });
    });
  }

  #drop(): void {
    const { number } = this;
    this.number = null;
    if (number !== null) {
      try {
        this.#host.call((core) => (core as MeetCore).closeDesk(number));
      } catch {
        // The client is closed, and the machine with it.
      }
    }
    const error = new ScorelayError("meet-closed", "the desk is closed, or another tab of this browser has it");
    const waiting = [...this.commands.values(), ...(this.entering === null ? [] : [this.entering])];
    this.commands.clear();
    waiting.forEach(({ reject }) => reject(error));
  }

  #release(): void {
    this.#hold?.release();
    this.#hold = null;
  }
}

function stateOf(kind: MeetState["kind"], since: number): MeetState {
  return { kind, since, error: null, reason: null, sent: 0, total: 0, finished: false, logHalfFull: false };
}
