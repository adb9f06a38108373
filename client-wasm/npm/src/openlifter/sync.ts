/**
 * Keeps an app's store and a meet level. What the app changed is found by comparing with a deep copy, once per burst of
 * dispatches, and set in the meet; then the app is given the meet's state wherever it differs. As the second step follows
 * the first, nothing the app holds is lost by it, and what came from elsewhere is never sent back.
 */

import type { Meet } from "../meet-types.js";
import type { AppState, Synced } from "./app-state.js";
import { changesSince, NOTHING, syncedOf, type Change } from "./diff.js";
import { HeldChanges } from "./held.js";
import { Journal, type Keep } from "./journal.js";
import { same } from "./mapping.js";
import { merged, nextEntryId, withOwnIds } from "./merge.js";
import { stageOf } from "./stage.js";

/** The app, as this file needs it. */
export interface App {
  getState(): AppState;
  /** Replaces the app's state by one that is its own to change. */
  overwrite(state: AppState): void;
  /** Whether somebody types into a box, which may go when the state is replaced. */
  typing(): boolean;
}

/** How a meet and the app come together. */
export type Start =
  /** The meet was made just now, of what the app has. */
  | { readonly kind: "made" }
  /** It was there before: the app is given what it holds. */
  | { readonly kind: "joined" }
  /** It was open when the page was left; `loaded` is what the page came with, so that what was changed since is found. */
  | { readonly kind: "opened"; readonly loaded: Synced };

/** Milliseconds that a burst is waited for, and the longest wait where replacing the state takes long. */
const BURST_MS = 30;
const SLOW_MS = 1_000;
/** When to look again whether somebody still types. */
const TYPING_MS = 250;
const CHANGED_SINCE = "It was set here just before the page was closed, and elsewhere since.";

export class Sync {
  readonly held = new HeldChanges();
  readonly #app: App;
  readonly #meet: Meet;
  readonly #journal: Journal;
  readonly #stops: Array<() => void> = [];
  #before: Synced;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #wait = BURST_MS;
  #busy = false;
  #stopped = false;

  constructor(app: App, meet: Meet, keep: Keep, start: Start) {
    this.#app = app;
    this.#meet = meet;
    this.#journal = new Journal(keep, meet.id);
    this.#before = this.#begin(start);
    this.#again();
    this.flush();
    this.#stops.push(...[meet, meet.state, meet.drives].map((store) => store.subscribe(this.#heard)));
    this.#stops.push(meet.pending.subscribe(this.#saved));
  }

  /** What the app and the meet had in common last. */
  get level(): Synced {
    return this.#before;
  }

  /** The app may have changed something. */
  readonly noticed = (): void => this.#schedule(this.#wait);

  /** The meet may have changed; what it says of what is being set here is shown in the same go. */
  readonly #heard = (): void => {
    if (!this.#busy) {
      this.#schedule(this.#wait);
    }
  };

  #schedule(wait: number): void {
    if (this.#timer === null && !this.#stopped) {
      this.#timer = setTimeout(() => this.flush(), wait);
    }
  }

  /** Levels both now; with `send`, only what the app changed is handed to the meet. */
  flush(only?: "send"): void {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    const { kind } = this.#meet.state.getSnapshot();
    if (this.#busy || this.#stopped || kind === "elsewhere" || kind === "closed") {
      return;
    }
    this.#busy = true;
    try {
      const began = performance.now();
      this.#send();
      if (only === "send") {
        this.#schedule(this.#wait);
      } else if (this.#app.typing()) {
        this.#schedule(TYPING_MS);
      } else {
        this.#show();
      }
      this.#wait = Math.min(SLOW_MS, Math.max(BURST_MS, 4 * (performance.now() - began)));
    } finally {
      this.#busy = false;
    }
  }

  /** Gives up a change that the meet did not take. */
  release(path: string): void {
    this.held.release([path]);
    this.noticed();
  }

  /** Leaves the app as it is. */
  stop(): void {
    this.flush("send");
    this.#stopped = true;
    this.#stops.forEach((stop) => stop());
  }

  #begin(start: Start): Synced {
    if (start.kind === "opened") {
      return start.loaded;
    }
    if (start.kind === "joined") {
      return syncedOf(this.#app.getState());
    }
    const own = this.#meet.block === null ? null : withOwnIds(this.#app.getState(), this.#meet.block);
    if (own !== null) {
      this.#app.overwrite(own);
    }
    return NOTHING;
  }

  /** Sets again what an earlier page may not have got onto the disk. */
  #again(): void {
    for (const { path, value, was } of this.#journal.left()) {
      const stands = this.#meet.get(path);
      if (same(stands, value)) {
        continue;
      }
      if (same(stands, was)) {
        this.#set([path, value]);
      } else {
        this.held.hold([path, value], CHANGED_SINCE, false);
      }
    }
    this.#saved();
  }

  readonly #saved = (): void => {
    if (this.#meet.pending.getSnapshot().saved) {
      this.#journal.clear();
    }
  };

  #send(): void {
    const state = this.#app.getState();
    const changes = changesSince(this.#before, state, this.#meet.getSnapshot());
    if (changes.length > 0) {
      this.held.release(changes.map(([path]) => path));
      this.#journal.add(changes, (path) => this.#meet.get(path));
      try {
        this.#meet.setAll(changes);
      } catch {
        changes.forEach((change) => this.#set(change));
      }
      this.#before = syncedOf(state);
      this.#saved();
    }
    this.#sayStage(state);
  }

  /** Sets one thing, or holds it here. */
  #set(change: Change): void {
    try {
      this.#meet.set(...change);
    } catch (why) {
      const [path, value] = change;
      const parts = isWhole(path) ? Object.entries(value as object) : [];
      if (parts.length === 0) {
        this.held.hold(change, why, true);
        return;
      }
      // An entry of which one part is refused is made of the others.
      this.#set([path, {}]);
      parts.forEach(([key, part]) => this.#set([`${path}.${key}`, part]));
    }
  }

  #sayStage(state: AppState): void {
    const stage = state.lifting?.platform;
    if (!this.#meet.drives.getSnapshot().includes(stage)) {
      return;
    }
    const says = stageOf(state);
    if (!same(this.#meet.getSnapshot().live[stage], says)) {
      this.#meet.set(`live[${stage}]`, says);
    }
  }

  #show(): void {
    const state = this.#app.getState();
    const tree = this.held.over(this.#meet.getSnapshot());
    const { block } = this.#meet;
    const next = block === null ? state.registration.nextEntryId : nextEntryId(state, tree, block, () => this.#meet.nextEntry());
    const shown = merged(state, tree, next);
    if (shown !== null) {
      this.#before = syncedOf(shown);
      this.#app.overwrite(shown);
    }
  }
}

function isWhole(path: string): boolean {
  return /^registration\.entries\[\d+\]$/.test(path);
}
