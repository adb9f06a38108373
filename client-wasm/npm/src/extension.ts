/**
 * What a client can be extended by: something that reads records of its own, and hears of the client's life. The entry
 * `scorelay/meet` adds meets so; what only does boards carries nothing of them.
 */

import type { Core } from "./core.js";
import type { ScorelayError } from "./errors.js";
import type { PackedReader } from "./packed.js";
import type { OwnedStore } from "./store.js";

/** What is added. */
export interface Extension {
  /** The core is there. */
  started(core: Core): void;
  /** Reads a record that is not the client's; whether it was one. What is to be done about it later goes into `todo`. */
  record(tag: number, reader: PackedReader, todo: Array<() => void>): boolean;
  /** The page is put away; it may come back by `shown`. */
  putAway(): void;
  /** The page is back. */
  shown(): void;
  /** The client is closed. */
  ended(error: ScorelayError): void;
}

/** What the client does for it. */
export interface Host {
  clock(): number;
  /** An input into the core, and all that follows from it; nothing once the client is closed. */
  enter(input: (core: Core, now: number) => Uint8Array): void;
  /** An input that may be refused: then it throws, and nothing is changed. */
  give(input: (core: Core, now: number) => Uint8Array): void;
  /** Calls the core; what follows is worked out soon. Throws what the core refuses. */
  call<T>(input: (core: Core, now: number) => T): T;
  /** Changes stores and tells those who listen, outside of any input. */
  change(change: (set: <T>(store: OwnedStore<T>, value: T) => void) => void): void;
  /** Changes a store while a record is read. */
  set<T>(store: OwnedStore<T>, value: T): void;
}
