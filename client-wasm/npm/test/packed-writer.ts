/**
 * Writes packed outputs as `client-wasm/src` does, for tests without it.
 */

import { Tag } from "../src/records.js";

/** A row: entity and units; `null` where none has come. */
export type PackedRow = readonly [entity: string, units: number] | null;

/** What a view record says. */
export interface PackedView {
  presence?: number;
  flags?: number;
  decimals?: number;
  title?: string;
  unit?: string;
  total?: number;
  from?: number;
  rows?: readonly PackedRow[];
}

/** What a record of edits says. */
export interface PackedEdits {
  total: number;
  length: number;
  edits: ReadonlyArray<readonly [at: number, stoodOrEntity: number | string, units: number]>;
}

/** One output, record after record. */
export class PackedWriter {
  #text = "";
  readonly #records: number[] = [];

  u8(value: number): this {
    this.#records.push(value);
    return this;
  }

  u32(value: number): this {
    return this.#raw(new Uint8Array(Uint32Array.of(value).buffer));
  }

  f64(value: number): this {
    return this.#raw(new Uint8Array(Float64Array.of(value).buffer));
  }

  string(value: string): this {
    this.#text += value;
    return this.u32(value.length);
  }

  connect(): this {
    return this.u8(Tag.Connect);
  }

  closeSocket(why: string): this {
    return this.u8(Tag.Close).string(why);
  }

  send(bytes: readonly number[]): this {
    this.u8(Tag.Send).u32(bytes.length);
    return this.#raw(Uint8Array.from(bytes));
  }

  status(kind: number, since: number, retryAt = NaN, lastUpdate = NaN, error?: readonly [string, number, string]): this {
    this.u8(Tag.Status).u8(kind).f64(since).f64(retryAt).f64(lastUpdate);
    return error === undefined ? this.u8(0) : this.u8(1).string(error[0]).u8(error[1]).string(error[2]);
  }

  directory(boards: ReadonlyArray<readonly [id: string, title: string, rows: number]>): this {
    this.u8(Tag.Directory).u32(boards.length);
    boards.forEach(([id, title, rows]) => this.string(id).string(title).string("points").u8(1).u8(0).u32(rows));
    return this;
  }

  view(number: number, view: PackedView): this {
    const { presence = 2, flags = 2, decimals = 0, title = "Board", unit = "points", rows = [] } = view;
    this.u8(Tag.View).u32(number).u8(presence).u8(flags).u8(decimals).string(title).string(unit);
    this.u32(view.total ?? rows.length).u32(view.from ?? 1).u32(rows.length);
    rows.forEach((row) => (row === null ? this.u8(0) : this.u8(1).string(row[0]).f64(row[1])));
    return this;
  }

  /** Edits of a view: place, where the entity stood or who it is, units. */
  viewEdits(number: number, given: PackedEdits): this {
    this.u8(Tag.ViewEdits).u32(number).u32(given.total).u32(given.length).u32(given.edits.length);
    for (const [at, who, units] of given.edits) {
      this.u32(at);
      typeof who === "number" ? this.u32(who + 1) : this.u32(0).string(who);
      this.f64(units);
    }
    return this;
  }

  track(entity: string, flags: number, places: ReadonlyArray<readonly [string, readonly [number, number] | null]>): this {
    this.u8(Tag.Track).string(entity).u8(flags).u32(places.length);
    for (const [board, at] of places) {
      this.string(board).u8(2);
      at === null ? this.u8(0) : this.u8(1).u32(at[0]).f64(at[1]);
    }
    return this;
  }

  found(request: number, at: readonly [rank: number, units: number, decimals: number] | null): this {
    this.u8(Tag.Found).u32(request);
    return at === null ? this.u8(0) : this.u8(1).u32(at[0]).f64(at[1]).u8(at[2]);
  }

  around(request: number, decimals: number, rows: ReadonlyArray<readonly [number, string, number]>): this {
    this.u8(Tag.Around).u32(request).u8(decimals).u32(rows.length);
    rows.forEach(([rank, entity, units]) => this.u32(rank).string(entity).f64(units));
    return this;
  }

  failed(request: number, code: string, retryable: number, message: string): this {
    return this.u8(Tag.Failed).u32(request).string(code).u8(retryable).string(message);
  }

  refused(code: string, message: string): this {
    return this.u8(Tag.Refused).string(code).u8(0).string(message);
  }

  timer(at = NaN): this {
    return this.u8(Tag.Timer).f64(at);
  }

  /** The whole output. */
  bytes(): Uint8Array {
    const text = new TextEncoder().encode(this.#text);
    const output = new Uint8Array(4 + text.length + this.#records.length);
    new DataView(output.buffer).setUint32(0, text.length, true);
    output.set(text, 4);
    output.set(this.#records, 4 + text.length);
    return output;
  }

  #raw(bytes: Uint8Array): this {
    this.#records.push(...bytes);
    return this;
  }
}

/** A new output. */
export function packed(): PackedWriter {
  return new PackedWriter();
}
