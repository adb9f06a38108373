/**
 * Lets a page draw at most once per animation frame: a client whose stores take over what changed when the browser is
 * about to draw, all of them at once. What is shown together is therefore of one moment. A hidden page draws nothing, a
 * slow device less often, and is sent less; see `pace.ts`.
 */
import type { Board, BoardSnapshot, BoardView, Client, Profile, ProfileView, Store, Tracked, TrackSnapshot } from "scorelay";

import { Pace } from "./pace.ts";

/** What a page draws on. */
export interface Screen {
  /** Milliseconds, from any start. */
  now(): number;
  /** Calls `draw` before the next drawing, like `requestAnimationFrame`. */
  request(draw: () => void): void;
  /** Calls `done` once the drawing that goes on has ended. */
  after(done: () => void): void;
  /** Calls `call` after so many milliseconds. Gives what takes that back. */
  later(call: () => void, milliseconds: number): () => void;
}

/** What follows from how fast the device draws. */
interface Speed {
  /** Asks for updates so many milliseconds apart. */
  pace(milliseconds: number): void;
  /** Says whether motion is too dear. */
  slow(slow: boolean): void;
}

/** Collects what changed until the next frame. */
class Frames {
  readonly #screen: Screen;
  readonly #speed: Speed;
  readonly #pace = new Pace();
  #asked = 0;
  #changed = new Set<Framed<unknown>>();
  #wake: (() => void) | null = null;

  constructor(screen: Screen, speed: Speed) {
    this.#screen = screen;
    this.#speed = speed;
  }

  add(store: Framed<unknown>): void {
    const first = this.#changed.size === 0;
    this.#changed.add(store);
    if (!first) return;
    const wait = this.#pace.wait(this.#screen.now());
    if (wait === 0) this.#request();
    else this.#wake = this.#screen.later(() => this.#request(), wait);
  }

  /** Draws at once what comes in the next moment. */
  hurry(): void {
    this.#pace.hurry(this.#screen.now());
    this.#ask();
    if (this.#wake === null) return;
    this.#wake();
    this.#request();
  }

  #ask(): void {
    const wanted = this.#pace.wanted(this.#screen.now());
    if (wanted === this.#asked) return;
    this.#asked = wanted;
    this.#speed.pace(wanted);
  }

  #request(): void {
    this.#wake = null;
    this.#screen.request(() => this.#draw());
  }

  #draw(): void {
    const begun = this.#screen.now();
    this.#screen.after(() => {
      this.#pace.drew(begun, this.#screen.now() - begun);
      this.#speed.slow(this.#pace.slow);
      this.#ask();
    });
    const stores = this.#changed;
    this.#changed = new Set();
    for (const store of stores) store.take();
    for (const store of stores) store.tell();
  }
}

/** A store that changes only between frames while somebody listens to it. */
class Framed<T> implements Store<T> {
  readonly #inner: Store<T>;
  readonly #frames: Frames;
  readonly #listeners = new Set<() => void>();
  #shown: T;
  #leave: (() => void) | null = null;

  constructor(inner: Store<T>, frames: Frames) {
    this.#inner = inner;
    this.#frames = frames;
    this.#shown = inner.getSnapshot();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const called = () => listener();
    this.#listeners.add(called);
    if (this.#leave === null) {
      this.#leave = this.#inner.subscribe(() => this.#frames.add(this as Framed<unknown>));
      // What changed before anybody listened is told like any other change.
      if (this.#inner.getSnapshot() !== this.#shown) this.#frames.add(this as Framed<unknown>);
    }
    return () => {
      this.#listeners.delete(called);
      if (this.#listeners.size > 0) return;
      this.#leave?.();
      this.#leave = null;
    };
  };

  readonly getSnapshot = (): T => this.#shown;

  take(): void {
    this.#shown = this.#inner.getSnapshot();
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

class FramedView extends Framed<BoardSnapshot> implements BoardView {
  readonly #view: BoardView;
  readonly #hurry: () => void;

  constructor(view: BoardView, frames: Frames) {
    super(view, frames);
    this.#view = view;
    this.#hurry = () => frames.hurry();
    frames.hurry();
  }

  get board() {
    return this.#view.board;
  }

  get window() {
    return this.#view.window;
  }

  setWindow(window: { from: number; to: number }): void {
    this.#hurry();
    this.#view.setWindow(window);
  }

  close(): void {
    this.#view.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class FramedTracked extends Framed<TrackSnapshot> implements Tracked {
  readonly #tracked: Tracked;

  constructor(tracked: Tracked, frames: Frames) {
    super(tracked, frames);
    this.#tracked = tracked;
  }

  get entity() {
    return this.#tracked.entity;
  }

  close(): void {
    this.#tracked.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class FramedProfiles extends Framed<ReadonlyMap<string, Profile>> implements ProfileView {
  readonly #view: ProfileView;

  constructor(view: ProfileView, frames: Frames) {
    super(view, frames);
    this.#view = view;
  }

  setEntities(entities: Iterable<string>): void {
    this.#view.setEntities(entities);
  }

  close(): void {
    this.#view.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The same client, in step with the frames of the page. On a slow device it asks for fewer updates, and says `slow`. */
export function framed(client: Client, screen: Screen, slow: (slow: boolean) => void): Client {
  const frames = new Frames(screen, { pace: (milliseconds) => client.setPace(milliseconds), slow });
  const board = (id: string): Board => {
    const inner = client.board(id);
    return {
      id: inner.id,
      view: (window) => new FramedView(inner.view(window), frames),
      find: (entity, options) => inner.find(entity, options),
      around: (entity, rows, options) => inner.around(entity, rows, options),
    };
  };
  return {
    state: new Framed(client.state, frames),
    directory: new Framed(client.directory, frames),
    profiles: {
      view: (entities) => new FramedProfiles(client.profiles.view(entities), frames),
      get: (entity, options) => client.profiles.get(entity, options),
    },
    board,
    track: (entity) => new FramedTracked(client.track(entity), frames),
    find: (entity, options) => client.find(entity, options),
    setPace: (milliseconds) => client.setPace(milliseconds),
    ready: (options) => client.ready(options),
    stats: () => client.stats(),
    close: () => client.close(),
    [Symbol.dispose]: () => client.close(),
  };
}
