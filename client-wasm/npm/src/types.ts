/**
 * The public types of the package: what a web page sees of live boards. Nothing here runs; `client.ts` implements it.
 */

import type { ScorelayError } from "./errors.js";

declare global {
  /** As TypeScript's `esnext.disposable` has it, for those who do not use that library. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** Something that changes over time, in the shape `useSyncExternalStore` wants. Both functions may be passed unbound. */
export interface Store<T> {
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** What there is now: the same object until something in it changes. Never change it. */
  getSnapshot(): T;
}

/** A WebSocket class: the browser's, or that of the package `ws`. */
export interface WebSocketConstructor {
  new (url: string, protocols?: string | string[]): WebSocketLike;
}

/** The part of a WebSocket that is used. */
export interface WebSocketLike {
  binaryType: string;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
}

/** How to connect. */
export interface ConnectOptions {
  /** The relay: an http(s) or ws(s) origin like `https://boards.example.org`. By default the page's own. */
  url?: string | URL;
  /** Entities (`platform:id`) to follow on every board, as by `track`. */
  track?: string | Iterable<string>;
  /** A WebSocket class, where there is no global one. */
  WebSocket?: WebSocketConstructor;
  /** At least so many milliseconds between two updates, 0 to 10,000; 0, the default: as fast as they come. */
  pace?: number;
  /** Closes the client when aborted. */
  signal?: AbortSignal;
}

/** State of the connection. Times are milliseconds since the Unix epoch. */
export interface ConnectionState {
  /**
   * `connecting`: not connected for the first time yet. `live`: what is shown follows the core. `stale`: the relay is
   * there, the core is out of its reach; what is shown is as of `since`. `offline`: no connection; it is tried again by
   * itself. `closed`: for good.
   */
  readonly kind: "connecting" | "live" | "stale" | "offline" | "closed";
  /** Since when it has been so. */
  readonly since: number;
  /** When offline: when the next attempt begins; `null` while one is being made, and in other states. */
  readonly retryAt: number | null;
  /** When offline, or closed by a failure: why. */
  readonly error: ScorelayError | null;
  /** When the last update came; `null` before the first. Set when the state changes, not at each update. */
  readonly lastUpdate: number | null;
}

/** A board, as the directory lists it. */
export interface BoardSummary {
  /** Its name in addresses. */
  readonly id: string;
  /** Its name for people. */
  readonly title: string;
  /** What its scores count, like `messages`. */
  readonly unit: string;
  /** Digits after the point of its scores. */
  readonly decimals: number;
  /** Whether its data was made up; whoever shows it says so. */
  readonly synthetic: boolean;
  /** Rows on it; exact while a view looks at it, else up to half a minute old. */
  readonly rows: number;
}

/** A row of a board. The same object while nothing in it changes. */
export interface Row {
  /** 1-based. */
  readonly rank: number;
  /** Who stands there: `platform:id`. */
  readonly entity: string;
  /** Score in the board's unit. */
  readonly score: number;
}

/** What a view shows. All rows that are there are as of one tick. */
export interface BoardSnapshot {
  /** The board's id, as asked for. */
  readonly board: string;
  /** Whether there is such a board; `unknown` until a relay has told. */
  readonly presence: "unknown" | "absent" | "present";
  readonly title: string;
  readonly unit: string;
  readonly decimals: number;
  readonly synthetic: boolean;
  /** Rows on the board; until `complete` it may be the directory's count, up to half a minute old. */
  readonly total: number;
  /** Rank of the first of `rows`. */
  readonly from: number;
  /** From there on, one per rank, to the window's or the board's end; `null` where a row has not arrived. */
  readonly rows: ReadonlyArray<Row | null>;
  /** Whether this is the whole window, kept current by the connection. */
  readonly complete: boolean;
  /** Whether this is what an earlier connection showed last, since the present one has not sent all yet. */
  readonly held: boolean;
}

/** Ranks, 1-based, both included. */
export interface Window {
  from: number;
  to: number;
}

/** A window of a board, kept live until it is closed. */
export interface BoardView extends Store<BoardSnapshot> {
  readonly board: string;
  /** The window as last set. */
  readonly window: Readonly<Window>;
  /** Moves the window; what was seen before costs only its changes. */
  setWindow(window: Window): void;
  close(): void;
  [Symbol.dispose](): void;
}

/** Where an entity stands on a board. */
export interface Standing {
  /** 1-based. */
  readonly rank: number;
  /** In the board's unit. */
  readonly score: number;
}

/** A followed entity on one board. */
export interface Place {
  /** The board's id. */
  readonly board: string;
  /** Rank and score; `null` where the entity does not stand. */
  readonly at: Standing | null;
}

/** Where a followed entity stands. */
export interface TrackSnapshot {
  readonly entity: string;
  /** One per board of the directory, in its order; empty until known. */
  readonly places: ReadonlyArray<Place>;
  /** Whether the relay has said where it stands. */
  readonly known: boolean;
  /** Whether this is what an earlier connection said last. */
  readonly held: boolean;
}

/** A followed entity, until it is closed. */
export interface Tracked extends Store<TrackSnapshot> {
  readonly entity: string;
  close(): void;
  [Symbol.dispose](): void;
}

/** Options of what waits for an answer. */
export interface WaitOptions {
  /** Rejects with the signal's reason when aborted. */
  signal?: AbortSignal;
}

/** One board, by id. It need not exist yet. */
export interface Board {
  readonly id: string;
  /** Watches a window of ranks. At most 15,808 ranks wide. */
  view(window: Window): BoardView;
  /** Where an entity stands now; `null` where it does not. Waits for a connection if there is none. */
  find(entity: string, options?: WaitOptions): Promise<Standing | null>;
  /** Up to `rows` (at most 50) rows on each side of an entity, itself among them; empty where it does not stand. */
  around(entity: string, rows: number, options?: WaitOptions): Promise<ReadonlyArray<Row>>;
}

/** What there is to say about an entity beside its scores. The same object while nothing in it changes. */
export interface Profile {
  /** Whom it is about: `platform:id`. */
  readonly entity: string;
  /** The name that people know; an emote's text. `""` where only the entity is known. */
  readonly name: string;
  /** Address of a picture; `null` where there is none. */
  readonly avatar: string | null;
  /** Like `moderator` or `partner`, most telling first. */
  readonly badges: ReadonlyArray<string>;
  /** Its rank on each board, by the board's id, when that board was last exported; the present one less this is how far it fell. */
  readonly ranks: Readonly<Record<string, number>>;
}

/** Profiles of what is shown, kept up to date until it is closed: of each entity that has one, as they come. */
export interface ProfileView extends Store<ReadonlyMap<string, Profile>> {
  /** Shows others: those that are known at once. What is not shown any more is not asked for. */
  setEntities(entities: Iterable<string>): void;
  close(): void;
  [Symbol.dispose](): void;
}

/** Profiles, asked of the relay over HTTP, many at a time, and kept for a while. Only entities that stand on a board have any. */
export interface Profiles {
  /** Profiles of these entities. Give it the rows that can be seen, not a whole board. */
  view(entities: Iterable<string>): ProfileView;
  /** One profile; `null` where there is none. */
  get(entity: string, options?: WaitOptions): Promise<Profile | null>;
}

/** What went over all connections so far. */
export interface Stats {
  readonly connections: number;
  readonly resumed: number;
  readonly messagesIn: number;
  readonly bytesIn: number;
  readonly messagesOut: number;
  readonly bytesOut: number;
  readonly misfits: number;
}

/** A connection to a relay and everything seen over it. It connects again by itself until it is closed. */
export interface Client {
  /** State of the connection. */
  readonly state: Store<ConnectionState>;
  /** The boards in the relay's order; `null` until a relay has told. */
  readonly directory: Store<ReadonlyArray<BoardSummary> | null>;
  /** Names, pictures and badges, apart from the live connection. */
  readonly profiles: Profiles;
  /** One board. */
  board(id: string): Board;
  /** Follows an entity on every board, until every `Tracked` of it is closed. At most 16 at a time. */
  track(entity: string): Tracked;
  /** Where an entity stands now, on every board of the directory. Waits for a connection if there is none. */
  find(entity: string, options?: WaitOptions): Promise<TrackSnapshot>;
  /** Asks for another pace; see `ConnectOptions.pace`. */
  setPace(milliseconds: number): void;
  /** Resolves when the state is `live` or `stale` for the first time; rejects when closed before. */
  ready(options?: WaitOptions): Promise<void>;
  /** What went over all connections so far. */
  stats(): Stats;
  /** Ends everything; the last snapshots stay. */
  close(): void;
  [Symbol.dispose](): void;
}
