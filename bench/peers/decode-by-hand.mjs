/**
 * The peer that knows the frames: reads what a relay sends for one board's pages, in plain JavaScript, as fast as it
 * can be without checking more than its own reach. It knows no other feeds, no reconnects and no requests.
 */

const PAGE = 32;
const KIND = { score: 0, move: 1, insert: 2, remove: 3 };
const text = new TextDecoder();

/** Holds the pages of one board, and gives the rows of a window from the first rank on. */
export class ByHand {
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));
  #at = 0;
  #platforms = [];
  #pages = [];
  #window;
  #rows = [];

  constructor(window) {
    this.#window = window;
  }

  get rows() {
    return this.#rows;
  }

  /** Takes one message. */
  message(buffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#at = 0;
    if (this.#varint() === 0) {
      this.#tick();
    }
  }

  #tick() {
    const flags = this.#u8();
    if (flags & 1) this.#varint();
    if (flags & 2) this.#varint();
    if (flags & 4) this.#list(() => this.#platforms.push(`${this.#string()}:`));
    if (flags & 8) this.#list(() => (this.#varint(), this.#varint()));
    if (flags & 32 && flags & 16) throw new Error("not of the streams here");
    if (flags & 32) this.#varint();
    const bodies = this.#varint();
    let first = Infinity;
    for (let body = 0; body < bodies; body += 1) {
      const kind = this.#varint();
      if (kind > 1) {
        return;
      }
      this.#varint();
      const page = this.#varint();
      if (kind === 0) {
        this.#edit(this.#pages[page]);
      } else {
        this.#pages[page] = this.#snapshot();
      }
      first = Math.min(first, page);
    }
    if (first !== Infinity) {
      this.#draw(first);
    }
  }

  #snapshot() {
    const page = new Array(this.#u8());
    let score = 0;
    for (let slot = 0; slot < page.length; slot += 1) {
      const entity = this.#entity();
      score = slot === 0 ? this.#signed() : score - this.#varint();
      page[slot] = { entity, score };
    }
    return page;
  }

  #edit(page) {
    for (let left = this.#varint(); left > 0; left -= 1) {
      const head = this.#u8();
      const slot = head & 31;
      const kind = head >> 5;
      if (kind === KIND.score) {
        page[slot].score += this.#signed();
      } else if (kind === KIND.move) {
        const to = this.#u8();
        const row = page[slot];
        row.score += this.#signed();
        if (slot > to) {
          page.copyWithin(to + 1, to, slot);
        } else {
          page.copyWithin(slot, slot + 1, to + 1);
        }
        page[to] = row;
      } else if (kind === KIND.insert) {
        const entity = this.#entity();
        page.splice(slot, 0, { entity, score: this.#signed() });
      } else {
        page.splice(slot, 1);
      }
    }
  }

  /** New rows from a page on; those that say what they said before are the same objects. */
  #draw(first) {
    const before = this.#rows;
    const rows = before.slice(0, first * PAGE);
    for (let number = first; number < this.#pages.length && rows.length < this.#window; number += 1) {
      const page = this.#pages[number];
      for (let slot = 0; slot < page.length && rows.length < this.#window; slot += 1) {
        const { entity, score } = page[slot];
        const old = before[rows.length];
        const same = old !== undefined && old.entity === entity && old.score === score;
        rows.push(same ? old : { rank: rows.length + 1, entity, score });
      }
    }
    this.#rows = rows;
  }

  #entity() {
    const code = this.#varint();
    const platform = this.#platforms[code >> 1];
    return platform + (code & 1 ? this.#string() : this.#id());
  }

  #string() {
    const length = this.#varint();
    const from = this.#at;
    this.#at += length;
    return text.decode(this.#bytes.subarray(from, this.#at));
  }

  #list(read) {
    for (let left = this.#varint(); left > 0; left -= 1) {
      read();
    }
  }

  #u8() {
    const byte = this.#bytes[this.#at];
    this.#at += 1;
    return byte;
  }

  #signed() {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A number below 2^53, or the nearest to it. */
  #varint() {
    return Number(this.#id());
  }

  /** A number of up to 64 bits: a `bigint` only where it must be. */
  #id() {
    const byte = this.#u8();
    if (byte < 251) {
      return byte;
    }
    const at = this.#at;
    if (byte === 251) {
      this.#at += 2;
      return this.#view.getUint16(at, true);
    }
    if (byte === 252) {
      this.#at += 4;
      return this.#view.getUint32(at, true);
    }
    this.#at += 8;
    const high = this.#view.getUint32(at + 4, true);
    return high < 2 ** 21 ? high * 2 ** 32 + this.#view.getUint32(at, true) : this.#view.getBigUint64(at, true);
  }
}
