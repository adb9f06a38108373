/**
 * Reads the packed outputs of the core: little-endian numbers, and strings that are all decoded at once. What the numbers
 * mean is in `records.ts`; the other side is written by `client-wasm/src`.
 */

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Goes through one output from its first record to its end. */
export class PackedReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #text: string;
  #at: number;
  #textAt = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const textBytes = this.#view.getUint32(0, true);
    this.#at = 4 + textBytes;
    // Most outputs have no text, and the decoder takes as long as the rest of a small one.
    this.#text = textBytes === 0 ? "" : utf8.decode(bytes.subarray(4, this.#at));
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.#move(1));
  }

  flag(): boolean {
    return this.u8() !== 0;
  }

  u32(): number {
    return this.#view.getUint32(this.#move(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#move(8), true);
  }

  /** A time that need not be there. */
  time(): number | null {
    const time = this.f64();
    return Number.isNaN(time) ? null : time;
  }

  /** A copy, since the output may be a window into memory that is used again. */
  blob(): Uint8Array {
    const length = this.u32();
    const from = this.#move(length);
    return this.#bytes.slice(from, from + length);
  }

  /**
   * A string. Where it equals `known`, that one is given: nothing new is made. Others are copied out of the text, since a
   * part that an engine cuts out of a long string keeps the whole of it in memory.
   */
  string(known?: string): string {
    const length = this.u32();
    const from = this.#textAt;
    this.#textAt += length;
    if (known !== undefined && known.length === length && this.#text.startsWith(known, from)) {
      return known;
    }
    return (" " + this.#text.slice(from, this.#textAt)).slice(1);
  }

  #move(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
