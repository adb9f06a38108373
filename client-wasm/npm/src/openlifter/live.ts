/**
 * An app's way into a meet and out of it: makes, joins or opens one, keeps the store level with it by `sync.ts`, and
 * remembers it, so that a page that is loaded again goes on. What people see of it is drawn in `panel.ts`.
 */

import { textOf } from "../errors.js";
import type { Location, Meet, MeetClient } from "../meet-types.js";
import { newStore, type OwnedStore } from "../store.js";
import { syncedOf } from "./diff.js";
import type { Keep } from "./journal.js";
import { Sync, type App, type Start } from "./sync.js";

const KEY = "scorelay-openlifter";

/** What the app is about, for people. */
export interface LiveState {
  /** `loading`: the app reads what it kept. `alone`: in no meet. `entering`: on the way into one. `in`: in one. */
  readonly kind: "loading" | "alone" | "entering" | "in";
  readonly meet: Meet | null;
  /** Why something that was asked for was not done. */
  readonly error: string | null;
}

/** How to make a meet of what the app has. */
export interface GoLive {
  readonly url: string;
  readonly location: string;
  readonly locations: ReadonlyArray<Location>;
  readonly password: string;
}

/** How to join one. */
export interface JoinLive {
  readonly url: string;
  readonly meet: string;
  readonly location: string;
  readonly password: string;
}

/** What the browser keeps of it. */
interface Remembered {
  readonly url: string;
  /** `null` where the app is in none any more. */
  readonly meet: string | null;
  readonly location?: string;
}

/** What this file needs. */
export interface LiveParts {
  readonly app: App;
  readonly keep: Keep;
  connect(options: { url: string }): MeetClient;
}

export class Live {
  readonly state: OwnedStore<LiveState> = newStore<LiveState>({ kind: "loading", meet: null, error: null });
  readonly #parts: LiveParts;
  #sync: Sync | null = null;
  #client: MeetClient | null = null;
  #stopWaiting = (): void => {};

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** Whether the app is in a meet, or on the way into one, and so not to be filled with something else. */
  get active(): boolean {
    const { kind } = this.state.getSnapshot();
    return kind === "in" || kind === "entering";
  }

  /** What keeps the app and the meet level; `null` as long as the desk has no log. */
  get sync(): Sync | null {
    return this.#sync;
  }

  /** The platform that the app shows. */
  platform(): number {
    return Number(this.#parts.app.getState().lifting?.platform ?? 1);
  }

  /** Where the relay's pages are. */
  pages(): string {
    const { protocol, host } = new URL(this.remembered()?.url ?? "", location.href);
    return `${protocol.replace(/^ws/, "http")}//${host}`;
  }

  /** The relay and the meet that this browser was in last. */
  remembered(): Remembered | null {
    try {
      return JSON.parse(this.#parts.keep.getItem(KEY) ?? "null") as Remembered | null;
    } catch {
      return null;
    }
  }

  /** The app has what it kept; before that nothing it shows means anything. */
  loaded(): void {
    if (this.state.getSnapshot().kind !== "loading") {
      return;
    }
    const loaded = syncedOf(this.#parts.app.getState());
    this.#say("alone");
    const { url = "", meet = null, location } = this.remembered() ?? {};
    if (meet !== null) {
      void this.#enter(url, (client) => client.openMeet(meet, location), { kind: "opened", loaded });
    }
  }

  /** The app may have changed something. */
  noticed(): void {
    this.#sync?.noticed();
  }

  /** Hands over at once what the app changed, as the page may be about to go. */
  flush(): void {
    this.#sync?.flush("send");
  }

  goLive({ url, ...options }: GoLive): Promise<void> {
    return this.#enter(url, (client) => client.createMeet(options), { kind: "made" });
  }

  join({ url, ...options }: JoinLive): Promise<void> {
    return this.#enter(url, (client) => client.joinMeet(options), { kind: "joined" });
  }

  /** Ends this desk's session, and forgets the meet here; the app keeps what it shows. */
  async leave(): Promise<void> {
    const { meet } = this.state.getSnapshot();
    const client = this.#client;
    if (meet === null || client === null) {
      return;
    }
    this.#sync?.flush("send");
    await this.attempt(async () => {
      if (meet.state.getSnapshot().kind !== "logged-out") {
        await meet.leave();
      }
      this.#letGo();
      await client.forgetMeet(meet.id, { force: true, location: meet.location });
      client.close();
    });
  }

  /** Opens the desk again that closed as its browser could not keep what was set; what the app changed since is set then. */
  async reopen(): Promise<void> {
    const { meet } = this.state.getSnapshot();
    const client = this.#client;
    if (meet?.state.getSnapshot().kind !== "closed" || client === null) {
      return;
    }
    await this.attempt(async () => {
      const again = await client.openMeet(meet.id, meet.location);
      const loaded = this.#sync?.level ?? syncedOf(this.#parts.app.getState());
      this.#stopWaiting();
      this.#sync?.stop();
      this.#sync = null;
      this.#set({ kind: "in", meet: again, error: null });
      this.#attach(again, { kind: "opened", loaded });
    });
  }

  /** Stops showing the meet here, and keeps what this browser holds of it. */
  close(): void {
    this.#letGo();
    this.#client?.close();
    this.#client = null;
  }

  /** Shows why something did not work. */
  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#say(this.state.getSnapshot().kind);
      return true;
    } catch (why) {
      this.#say(this.state.getSnapshot().kind, textOf(why));
      return false;
    }
  }

  /** Tells people why something was not done; with `null`, nothing any more. */
  tell(error: string | null): void {
    this.#say(this.state.getSnapshot().kind, error);
  }

  async #enter(url: string, open: (client: MeetClient) => Promise<Meet>, start: Start): Promise<void> {
    if (this.state.getSnapshot().kind !== "alone") {
      return;
    }
    this.#say("entering");
    try {
      this.#client?.close();
      this.#client = this.#parts.connect({ url });
      const meet = await open(this.#client);
      this.#remember({ url, meet: meet.id, location: meet.location });
      this.#set({ kind: "in", meet, error: null });
      this.#attach(meet, start);
    } catch (why) {
      this.#client?.close();
      this.#client = null;
      this.#say("alone", textOf(why));
    }
  }

  /** Begins once the desk has the log, without which nobody knows what the meet holds. */
  #attach(meet: Meet, start: Start): void {
    const begin = (): void => {
      if (this.#sync === null && meet.block !== null && meet.state.getSnapshot().kind !== "elsewhere") {
        this.#stopWaiting();
        this.#sync = new Sync(this.#parts.app, meet, this.#parts.keep, start);
        this.#set({ ...this.state.getSnapshot() });
      }
    };
    const stops = [meet.subscribe(begin), meet.state.subscribe(begin)];
    this.#stopWaiting = () => stops.forEach((stop) => stop());
    begin();
  }

  #letGo(): void {
    const { meet } = this.state.getSnapshot();
    this.#stopWaiting();
    this.#sync?.stop();
    this.#sync = null;
    meet?.close();
    const last = this.remembered();
    this.#remember({ url: last?.url ?? "", meet: null });
    this.#set({ kind: "alone", meet: null, error: null });
  }

  #say(kind: LiveState["kind"], error: string | null = null): void {
    this.#set({ ...this.state.getSnapshot(), kind, error });
  }

  #set(state: LiveState): void {
    this.state.set(state);
    this.state.notify();
  }

  #remember(what: Remembered): void {
    try {
      this.#parts.keep.setItem(KEY, JSON.stringify(what));
    } catch {
      return;
    }
  }
}
