/**
 * Values on their way into the core and out of it, as JSON that keeps numbers bit by bit, and what is drawn at random or
 * typed by people: tokens and ids.
 */

import { ScorelayError } from "./errors.js";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TOKEN_BYTES = 32;

/** A value as the core reads it; `undefined` is what is not set. */
export function toJson(value: unknown): string {
  return value === undefined ? '{"absent":true}' : json(value);
}

/** The way back. */
export function fromJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const absent = typeof value === "object" && value !== null && (value as { absent?: unknown }).absent === true;
  return absent ? undefined : value;
}

function json(value: unknown): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) {
      throw new ScorelayError("bad-value", `${value} is no number that a meet can hold`);
    }
    // `String` drops the sign of this one.
    return Object.is(value, -0) ? "-0.0" : String(value);
  }
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(json).join(",")}]`;
  }
  if (typeof value === "object") {
    const set = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${set.map(([name, member]) => `${JSON.stringify(name)}:${json(member)}`).join(",")}}`;
  }
  throw new ScorelayError("bad-value", `a ${typeof value} is nothing that a meet can hold`);
}

/** So many random bytes. */
export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** A name that nobody else draws. */
export function randomName(): string {
  return tokenText(randomBytes(16));
}

/** Bytes as text that fits into an address. */
export function tokenText(bytes: Uint8Array): string {
  let [text, bits, pending] = ["", 0, 0];
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 6; ) {
      bits -= 6;
      text += DIGITS[(pending >> bits) & 63]!;
    }
  }
  return bits === 0 ? text : text + DIGITS[(pending << (6 - bits)) & 63]!;
}

/** The token of a display link. */
export function tokenBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(TOKEN_BYTES);
  if (/^[\w-]{43}$/.test(text)) {
    let [bits, pending, at] = [0, 0, 0];
    for (const digit of text) {
      pending = ((pending << 6) | DIGITS.indexOf(digit)) & 0xffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[at] = pending >> bits;
        at += 1;
      }
    }
  } else {
    throw new ScorelayError("bad-link", "a display link's token has 43 characters");
  }
  return bytes;
}

/** A meet's id as it is shown, from what people type. */
export function meetId(text: string): string {
  const digits = /^\s*\d[\d .-]*$/.test(text) ? text.replace(/[ .-]|\s+$/g, "") : "";
  if (digits.length !== 9) {
    throw new ScorelayError("bad-meet", "a meet's id is 9 digits, like 123-456-789");
  }
  return `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`;
}
