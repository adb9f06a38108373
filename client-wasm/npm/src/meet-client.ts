/**
 * Meets beside a client's boards: makes, joins, opens and forgets desks, shows what display links show, and hands each
 * record to whom it is about.
 */

import { ScorelayError } from "./errors.js";
import type { Core } from "./core.js";
import type { Extension, Host } from "./extension.js";
import { Displays } from "./meet-display.js";
import { Desk } from "./meet-desk.js";
import { entered, handleOf } from "./meet-handle.js";
import { keepingOf } from "./meet-keeping.js";
import { MeetTag } from "./meet-records.js";
import { openStorage, type KeptDesk, type Storage } from "./meet-storage.js";
import type { CreateMeetOptions, JoinMeetOptions, Keeping, KeptMeet, Meet } from "./meet-types.js";
import { meetId, randomName } from "./meet-values.js";
import type { PackedReader } from "./packed.js";
import { newStore } from "./store.js";

/** All meets of a client. */
export class Meets implements Extension {
  readonly displays: Displays;
  readonly #host: Host;
  readonly #desks = new Map<string, { desk: Desk; handle: Meet }>();
  readonly #keeping = newStore<Keeping>({ kind: "best-effort", warning: null });
  #storage: Promise<Storage> | null = null;
  #start: (() => void) | null = null;
  #fail: ((error: ScorelayError) => void) | null = null;
  readonly #ready: Promise<void>;

  constructor(host: Host) {
    this.#host = host;
    this.displays = new Displays(host);
    this.#ready = new Promise((resolve, reject) => {
      this.#start = resolve;
      this.#fail = reject;
    });
    // Who waits is told; nobody need wait.
    this.#ready.catch(() => {});
  }

  async createMeet({ location, locations, password, signal }: CreateMeetOptions): Promise<Meet> {
    const all = JSON.stringify(Array.from(locations, ({ name, priority }) => [name, priority]));
    const desk = (await this.#unanswered(location)) ?? { desk: randomName(), meet: "", location, name: "" };
    return this.#enter(desk, { signal }, (core, now, no, random) => {
      core.createMeet(now, no, location, all, password, random);
    });
  }

  async joinMeet({ meet: given, location, password, signal }: JoinMeetOptions): Promise<Meet> {
    const meet = meetId(given);
    const known = await this.#known(meet, location);
    const desk = known ?? { desk: randomName(), meet, location, name: "" };
    return this.#enter(desk, { signal }, (core, now, no, random) => {
      core.joinMeet(now, no, meet, location, password, random);
    });
  }

  async keptMeets({ unanswered = false }: { unanswered?: boolean } = {}): Promise<ReadonlyArray<KeptMeet>> {
    const kept = await (await this.#opened()).list();
    return kept.filter(({ meet }) => unanswered || meet !== "").map(({ meet, location, name }) => ({ id: meet, location, name }));
  }

  async openMeet(id: string, location?: string): Promise<Meet> {
    const known = await this.#known(meetId(id), location);
    if (known === undefined) {
      throw notKept(id);
    }
    return (await this.#open(known)).handle;
  }

  async forgetMeet(id: string, { force = false, location }: { force?: boolean; location?: string } = {}): Promise<void> {
    const storage = await this.#opened();
    const known = await this.#known(id === "" ? id : meetId(id), location);
    if (known === undefined) {
      throw notKept(id);
    }
    const open = this.#desks.get(known.desk)?.desk;
    const waiting = open?.number != null ? open.pending.getSnapshot().count : await storage.waiting(known.desk);
    if (waiting > 0 && !force) {
      throw new ScorelayError("changes-waiting", `${waiting} changes of this desk have not been sent yet`);
    }
    open?.close(null);
    await open?.flushed();
    await storage.remove(known.desk);
  }

  started(core: Core): void {
    this.displays.started(core);
    this.#start?.();
  }

  record(tag: number, reader: PackedReader, todo: Array<() => void>): boolean {
    if (tag === MeetTag.Display) {
      this.displays.read(reader);
      return true;
    }
    if (tag < MeetTag.About || tag > MeetTag.Display) {
      return false;
    }
    const number = reader.u32();
    for (const { desk } of this.#desks.values()) {
      if (desk.number === number) {
        desk.read(tag, reader, todo);
        return true;
      }
    }
    throw new ScorelayError("broken", `a record of desk ${number}, which is not open`);
  }

  putAway(): void {
    this.#desks.forEach(({ desk }) => desk.putAway());
  }

  shown(): void {
    this.#desks.forEach(({ desk }) => void desk.comeBack().catch(() => {}));
  }

  ended(error: ScorelayError): void {
    this.#fail?.(error);
    [...this.#desks.values()].forEach(({ desk }) => desk.close(error.code === "closed" ? null : error));
  }

  /** Opens a desk, and gets it into its meet where it is not. */
  async #enter(kept: KeptDesk, options: { signal: AbortSignal | undefined }, open: Parameters<typeof entered>[3]): Promise<Meet> {
    const storage = await this.#opened();
    const { desk, handle } = await this.#open(kept);
    if (desk.isOut) {
      const wait = options.signal === undefined ? {} : { signal: options.signal };
      try {
        await entered(this.#host, desk, wait, open);
      } catch (error) {
        if (desk.about.session === null) {
          desk.close(null);
          await desk.flushed();
          await storage.remove(desk.name);
        }
        throw error;
      }
    }
    return handle;
  }

  async #open(kept: KeptDesk): Promise<{ desk: Desk; handle: Meet }> {
    const storage = await this.#opened();
    await this.#ready;
    const there = this.#desks.get(kept.desk);
    if (there !== undefined) {
      return there;
    }
    const desk = new Desk(this.#host, storage, kept, () => this.#desks.delete(kept.desk));
    const open = { desk, handle: handleOf(this.#host, desk, this.#keeping) };
    this.#desks.set(kept.desk, open);
    await desk.start("if-free");
    return open;
  }

  async #known(meet: string, location: string | undefined): Promise<KeptDesk | undefined> {
    const open = [...this.#desks.values()].find(
      ({ desk: { about } }) => about.meet === meet && (location === undefined || about.location === location),
    );
    if (open !== undefined) {
      const { name: desk, about } = open.desk;
      return { desk, meet, location: about.location, name: "" };
    }
    const kept = await (await this.#opened()).list();
    return kept.find((desk) => desk.meet === meet && (location === undefined || desk.location === location));
  }

  /**
   * A desk that was to make a meet at this location and got no answer. It asks again by the token of then, so that a core
   * that had made the meet gives it that one.
   */
  async #unanswered(location: string): Promise<KeptDesk | undefined> {
    const kept = await (await this.#opened()).list();
    for (const one of kept.filter((desk) => desk.meet === "" && desk.location === location && !this.#desks.has(desk.desk))) {
      const { desk } = await this.#open(one);
      if (desk.isOut) {
        return one;
      }
      // Another tab is making it right now.
      desk.close(null);
    }
    return undefined;
  }

  #opened(): Promise<Storage> {
    this.#storage ??= openStorage().then((storage) => {
      keepingOf(storage, (keeping) => this.#host.change((set) => set(this.#keeping, keeping)));
      return storage;
    });
    return this.#storage;
  }
}

function notKept(id: string): ScorelayError {
  return new ScorelayError("not-kept", `this browser keeps no desk of the meet ${id}: join it`);
}
