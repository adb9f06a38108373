/**
 * What the facade uses of the WebAssembly (`client-wasm/src`). All inputs return packed outputs, read in `packed.ts` and
 * `records.ts`. The two sides are built together; nothing here is public.
 */

/** The client's state machine. */
export interface Core {
  watch(board: string, from: number, to: number): number;
  setWindow(view: number, from: number, to: number): void;
  unwatch(view: number): void;
  track(entity: string): void;
  untrack(entity: string): void;
  pace(everyMs: number): void;
  find(now: number, board: string, entity: string): number;
  around(now: number, board: string, entity: string, rows: number): number;
  poll(now: number): Uint8Array;
  connected(now: number): Uint8Array;
  message(now: number, bytes: Uint8Array): Uint8Array;
  disconnected(now: number, unreachable: boolean, why: string): Uint8Array;
  timeout(now: number): Uint8Array;
  hurry(now: number): Uint8Array;
  close(now: number): Uint8Array;
  stats(): Float64Array;
  free(): void;
}

/** Its class. */
export interface CoreClass {
  new (agent: string, seed: number, now: number): Core;
  limits(): Uint32Array;
  protocol(): string;
}
