/**
 * A client: what people want of it, the core that works out what to do, and the socket that does it. Every input is one
 * call into the core; all stores are brought up to date and the socket is served before any listener is called. Until the
 * core is loaded, what is wanted is kept here.
 */

import { checkedAround, checkedEntity, checkedPace, checkedWindow, tooManyTracks } from "./check.js";
import { newClock } from "./clock.js";
import type { Core, CoreClass } from "./core.js";
import { ScorelayError, textOf, thrownByCore } from "./errors.js";
import type { Extension, Host } from "./extension.js";
import { CLIENT_REQUEST_MS, HIDDEN_PACE_MS, MASK_TRACKS } from "./limits.js";
import { disposable, emptyTrack, emptyView, type TrackEntry, type ViewEntry } from "./handles.js";
import { readOutput, type Sink } from "./output.js";
import { isVisible, listenToPage } from "./page.js";
import { ProfileLoader } from "./profiles.js";
import { Requests } from "./requests.js";
import { Socket } from "./socket.js";
import { newStore, type OwnedStore } from "./store.js";
import { Timer } from "./timer.js";
import type * as api from "./types.js";
import { abortable, watching } from "./wait.js";

declare const SCORELAY_VERSION: string;

/** What a client is made of. */
export interface ClientParts {
  /** The live socket. */
  url: string;
  /** Entities that the URL names. */
  track: readonly string[];
  /** Milliseconds. */
  pace: number;
  /** Loads the core. */
  load: () => Promise<CoreClass>;
  /** Finds a WebSocket class. */
  webSocket: () => Promise<api.WebSocketConstructor>;
  /** Adds to it. */
  extend?: (host: Host) => Extension;
}

/** Implements `Client`; the methods of the handles that it gives out are here too. */
export class LiveClient {
  readonly #clock = newClock();
  readonly state = newStore<api.ConnectionState>({
    kind: "connecting",
    since: this.#clock(),
    retryAt: null,
    error: null,
    lastUpdate: null,
  });
  readonly directory = newStore<ReadonlyArray<api.BoardSummary> | null>(null);
  readonly profiles: ProfileLoader;
  readonly #url: string;
  readonly #views = new Set<ViewEntry>();
  readonly #tracks = new Map<string, TrackEntry>();
  readonly #requests = new Requests();
  readonly #timer: Timer;
  readonly #stopListening: () => void;
  readonly #inputs: Array<(core: Core, now: number) => Uint8Array> = [];
  readonly #changed = new Set<OwnedStore<any>>();
  readonly #sink: Sink = {
    requests: this.#requests,
    state: this.state,
    directory: this.directory,
    view: (number) => this.#viewOf(number)?.store,
    track: (entity) => this.#tracks.get(entity)?.store,
    other: (tag, reader, todo) => this.#extension?.record(tag, reader, todo) ?? false,
    set: (store, value) => this.#set(store, value),
    connect: () => this.#connect(),
    closeSocket: () => this.#socket?.close(),
    send: (bytes) => this.#socket?.send(bytes),
    wake: (at) => this.#arm(at),
  };
  readonly #extension: Extension | undefined;
  #core: Core | null = null;
  #socket: Socket | null = null;
  #stats: ArrayLike<number> = new Float64Array(7);
  /** The time of the input that is being carried out: reading a clock takes as long as reading a small output. */
  #now = 0;
  #pace: number;
  #busy = false;
  #polling = false;
  #putAway = false;
  #ended = false;

  constructor({ url, track, pace, load, webSocket, extend }: ClientParts) {
    this.#url = url;
    this.profiles = new ProfileLoader(url);
    let live = false;
    this.state.subscribe(() => {
      const before = live;
      live = this.state.getSnapshot().kind === "live";
      if (live && !before) {
        this.profiles.renew();
      }
    });
    this.#pace = pace;
    this.#extension = extend?.(this.#host());
    track.forEach((entity) => this.track(entity));
    this.#timer = new Timer(() => this.#enter((core, now) => core.timeout(now)));
    this.#stopListening = listenToPage({
      visible: (visible) => {
        this.setPace(this.#pace);
        if (visible) {
          this.#hurry();
          this.profiles.wake();
        }
      },
      putAway: () => this.#leave(),
      shown: () => this.#comeBack(),
      online: () => this.#hurry(),
    });
    Promise.all([load(), webSocket()]).then(
      ([core, make]) => this.#start(core, make),
      (error: unknown) => this.#fail(error),
    );
  }

  board(id: string): api.Board {
    return {
      id,
      view: (window) => this.view(id, window),
      find: async (entity, options = {}) => {
        checkedEntity(entity);
        return this.#ask<api.Standing | null>(options, (core, now) => core.find(now, id, entity));
      },
      around: async (entity, rows, options = {}) => {
        checkedEntity(entity);
        checkedAround(rows);
        return this.#ask<ReadonlyArray<api.Row>>(options, (core, now) => core.around(now, id, entity, rows));
      },
    };
  }

  view(board: string, given: api.Window): api.BoardView {
    const window = checkedWindow(given);
    const entry: ViewEntry = { board, window, number: null, store: newStore(emptyView(board, window.from)) };
    this.#views.add(entry);
    this.#command((core) => (entry.number = core.watch(board, window.from, window.to)));
    return disposable({
      board,
      get window() {
        return entry.window;
      },
      subscribe: entry.store.subscribe,
      getSnapshot: entry.store.getSnapshot,
      setWindow: (next: api.Window) => this.#setWindow(entry, checkedWindow(next)),
      close: () => this.#closeView(entry),
    });
  }

  track(given: string): api.Tracked {
    const entity = checkedEntity(given);
    const entry = this.#tracks.get(entity) ?? this.#newTrack(entity);
    entry.holders += 1;
    let open = true;
    return disposable({
      entity,
      subscribe: entry.store.subscribe,
      getSnapshot: entry.store.getSnapshot,
      close: () => {
        if (open) {
          open = false;
          this.#release(entity, entry);
        }
      },
    });
  }

  async find(entity: string, options: api.WaitOptions = {}): Promise<api.TrackSnapshot> {
    checkedEntity(entity);
    return abortable<api.TrackSnapshot>(options, (resolve, reject) => {
      const tracked = this.track(entity);
      const check = (): void => {
        const snapshot = tracked.getSnapshot();
        if (this.#ended) {
          reject(this.#endError());
        } else if (snapshot.known && !snapshot.held) {
          resolve(snapshot);
        }
      };
      const late = (): void => reject(new ScorelayError("timed-out", "no answer in time", true));
      const timer = setTimeout(late, CLIENT_REQUEST_MS);
      const ends = [watching(tracked, check), watching(this.state, check)];
      return () => {
        clearTimeout(timer);
        ends.forEach((end) => end());
        tracked.close();
      };
    });
  }

  setPace(milliseconds: number): void {
    this.#pace = checkedPace(milliseconds);
    this.#command((core) => core.pace(this.#effectivePace()));
  }

  ready(options: api.WaitOptions = {}): Promise<void> {
    return abortable<void>(options, (resolve, reject) =>
      watching(this.state, () => {
        const { kind } = this.state.getSnapshot();
        if (this.#ended) {
          reject(this.#endError());
        } else if (kind === "live" || kind === "stale") {
          resolve();
        }
      }),
    );
  }

  stats(): api.Stats {
    const all = this.#core?.stats() ?? this.#stats;
    const [connections = 0, resumed = 0, messagesIn = 0, bytesIn = 0, messagesOut = 0, bytesOut = 0, misfits = 0] =
      Array.from(all);
    return { connections, resumed, messagesIn, bytesIn, messagesOut, bytesOut, misfits };
  }

  close(): void {
    if (this.#ended) {
      return;
    }
    if (this.#core === null) {
      this.#end(null);
      return;
    }
    this.#ended = true;
    this.#enter((core, now) => core.close(now));
  }

  #start(core: CoreClass, make: api.WebSocketConstructor): void {
    if (this.#ended) {
      return;
    }
    try {
      const seed = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
      this.#core = new core(`scorelay-web/${SCORELAY_VERSION}`, seed, this.state.getSnapshot().since);
      this.#socket = new Socket(make, this.#url, core.protocol(), {
        opened: () => this.#enter((core, now) => core.connected(now)),
        message: (bytes) => this.#enter((core, now) => core.message(now, bytes)),
        lost: (unreachable, why) => this.#enter((core, now) => core.disconnected(now, unreachable, why)),
      });
      for (const entry of this.#views) {
        entry.number = this.#core.watch(entry.board, entry.window.from, entry.window.to);
      }
      for (const entity of this.#tracks.keys()) {
        this.#core.track(entity);
      }
      this.#core.pace(this.#effectivePace());
      this.#extension?.started(this.#core);
    } catch (error) {
      this.#fail(thrownByCore(error));
      return;
    }
    this.#poll();
  }

  #host(): Host {
    return {
      clock: this.#clock,
      enter: (input) => this.#enter(input),
      give: (input) => {
        const output = this.#called(input);
        this.#enter(() => output);
      },
      call: (input) => {
        const result = this.#called(input);
        this.#pollSoon();
        return result;
      },
      change: (change) => {
        change((store, value) => this.#set(store, value));
        this.#tell();
      },
      set: (store, value) => this.#set(store, value),
    };
  }

  #called<T>(call: (core: Core, now: number) => T): T {
    if (this.#core === null) {
      throw this.#endError();
    }
    try {
      return call(this.#core, this.#clock());
    } catch (error) {
      throw thrownByCore(error);
    }
  }

  /** Does something with the core if it is there, and has it work out what follows soon. */
  #command(command: (core: Core) => void): void {
    if (this.#core === null || this.#ended) {
      return;
    }
    try {
      command(this.#core);
    } catch (error) {
      throw thrownByCore(error);
    }
    this.#pollSoon();
  }

  #pollSoon(): void {
    if (!this.#polling) {
      this.#polling = true;
      void Promise.resolve().then(() => this.#poll());
    }
  }

  #poll(): void {
    this.#polling = false;
    this.#enter((core, now) => {
      this.#requests.askAll(core, now);
      return core.poll(now);
    });
  }

  /** One input into the core, and all that follows from it. */
  #enter(input: (core: Core, now: number) => Uint8Array): void {
    this.#inputs.push(input);
    if (this.#busy) {
      return;
    }
    this.#busy = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined && this.#core !== null; next = this.#inputs.shift()) {
        this.#now = this.#clock();
        this.#carryOut(next(this.#core, this.#now));
      }
    } catch (error) {
      this.#busy = false;
      this.#fail(thrownByCore(error));
      return;
    }
    this.#busy = false;
    if (this.#ended && this.#core !== null) {
      this.#end(null);
      return;
    }
    this.#tell();
  }

  #tell(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    changed.forEach((store) => store.notify());
  }

  /** Brings all stores up to date, then does what the transport is to do. */
  #carryOut(output: Uint8Array): void {
    const todo = readOutput(output, this.#sink);
    todo.forEach((action) => action());
  }

  #set<T>(store: OwnedStore<T>, value: T): void {
    if (store.set(value)) {
      this.#changed.add(store);
    }
  }

  #viewOf(number: number): ViewEntry | undefined {
    for (const entry of this.#views) {
      if (entry.number === number) {
        return entry;
      }
    }
    return undefined;
  }

  #connect(): void {
    if (this.#putAway) {
      this.#enter((core, now) => core.disconnected(now, true, "the page is put away"));
    } else {
      this.#socket?.connect();
    }
  }

  #arm(at: number | null): void {
    if (this.#putAway || this.#ended || at === null) {
      this.#timer.stop();
    } else {
      this.#timer.set(at - this.#now);
    }
  }

  #ask<T>(options: api.WaitOptions, ask: (core: Core, now: number) => number): Promise<T> {
    const answer = this.#requests.add<T>(options, ask);
    if (this.#core !== null) {
      this.#pollSoon();
    }
    return answer;
  }

  #newTrack(entity: string): TrackEntry {
    if (this.#tracks.size >= MASK_TRACKS) {
      throw tooManyTracks();
    }
    this.#command((core) => core.track(entity));
    const entry: TrackEntry = { holders: 0, store: newStore(emptyTrack(entity)) };
    this.#tracks.set(entity, entry);
    return entry;
  }

  #release(entity: string, entry: TrackEntry): void {
    entry.holders -= 1;
    if (entry.holders === 0) {
      this.#tracks.delete(entity);
      this.#command((core) => core.untrack(entity));
    }
  }

  #setWindow(entry: ViewEntry, window: api.Window): void {
    const moved = window.from !== entry.window.from || window.to !== entry.window.to;
    if (moved && this.#views.has(entry)) {
      entry.window = window;
      const { number } = entry;
      this.#command((core) => number !== null && core.setWindow(number, window.from, window.to));
    }
  }

  #closeView(entry: ViewEntry): void {
    const { number } = entry;
    if (this.#views.delete(entry) && number !== null) {
      this.#command((core) => core.unwatch(number));
    }
  }

  #effectivePace(): number {
    return isVisible() ? this.#pace : Math.max(this.#pace, HIDDEN_PACE_MS);
  }

  #hurry(): void {
    if (!this.#putAway) {
      this.#enter((core, now) => core.hurry(now));
    }
  }

  /** An open socket would keep the page from being put away whole. */
  #leave(): void {
    this.#putAway = true;
    this.#socket?.close();
    this.#enter((core, now) => core.disconnected(now, false, "the page was put away"));
    this.#timer.stop();
    this.#extension?.putAway();
  }

  #comeBack(): void {
    if (this.#putAway) {
      this.#putAway = false;
      this.#extension?.shown();
      this.#hurry();
    }
  }

  #fail(error: unknown): void {
    const known = error instanceof ScorelayError ? error : new ScorelayError("broken", textOf(error));
    if (!this.#ended || this.#core !== null) {
      console.error(`scorelay: ${known.code}: ${known.message}`);
      this.#end(known);
    }
  }

  /** Lets go of everything; `error` is why, if something failed. */
  #end(error: ScorelayError | null): void {
    const last = this.state.getSnapshot();
    this.#ended = true;
    this.#timer.stop();
    this.#stopListening();
    this.profiles.end();
    this.#socket?.close();
    this.#inputs.length = 0;
    if (last.kind !== "closed") {
      const { lastUpdate } = last;
      this.#set(this.state, { kind: "closed", since: this.#clock(), retryAt: null, error, lastUpdate });
    }
    this.#requests.end(this.#endError());
    this.#extension?.ended(this.#endError());
    const core = this.#core;
    this.#core = null;
    if (core !== null && error === null) {
      this.#stats = core.stats();
      core.free();
    }
    this.#tell();
  }

  #endError(): ScorelayError {
    return this.state.getSnapshot().error ?? new ScorelayError("closed", "the client is closed");
  }
}
