/**
 * The WebAssembly as text within the script, for entries that need nothing beside it.
 */

import wasm from "scorelay-wasm/base64";
import type { CoreClass } from "./core.js";
import { loadCore } from "./load.js";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The core's class. */
export function loadInline(): Promise<CoreClass> {
  return loadCore(() => WebAssembly.compile(fromBase64(wasm)));
}

/** `atob` is not everywhere, and makes a string of it. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  [...DIGITS].forEach((digit, value) => (values[digit.charCodeAt(0)] = value));
  const bytes = new Uint8Array(Math.floor((text.replace(/=+$/, "").length * 3) / 4));
  let [bits, pending, at] = [0, 0, 0];
  for (let index = 0; at < bytes.length; index += 1) {
    pending = ((pending << 6) | values[text.charCodeAt(index)]!) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = pending >> bits;
      at += 1;
    }
  }
  return bytes;
}
