/**
 * `TextDecoder` and `TextEncoder` for where there are none, like the page that Jest 27 makes up. The bundler puts these in
 * the place of the globals. The fallbacks know UTF-8 only, and only what this package passes to them.
 */

class Utf8Decoder {
  decode(bytes: Uint8Array = new Uint8Array()): string {
    let escaped = "";
    bytes.forEach((byte) => (escaped += `%${byte < 16 ? "0" : ""}${byte.toString(16)}`));
    return decodeURIComponent(escaped);
  }
}

class Utf8Encoder {
  encode(text = ""): Uint8Array {
    const bytes = [...encodeURIComponent(text).matchAll(/%(..)|(.)/g)];
    return Uint8Array.from(bytes, ([, hex, char]) => (hex ? parseInt(hex, 16) : char!.charCodeAt(0)));
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    const bytes = this.encode(text);
    into.set(bytes);
    return { read: text.length, written: bytes.length };
  }
}

const Decoder = (globalThis.TextDecoder ?? Utf8Decoder) as typeof globalThis.TextDecoder;
const Encoder = (globalThis.TextEncoder ?? Utf8Encoder) as typeof globalThis.TextEncoder;

export { Decoder as TextDecoder, Encoder as TextEncoder };
