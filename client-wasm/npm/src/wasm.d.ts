/**
 * What `build.mjs` makes of `client-wasm/`: the glue of wasm-bindgen, and the optimised file as text.
 */

declare module "scorelay-wasm" {
  /** A `CoreClass` of `core.ts`. */
  export const Core: unknown;
  export function initSync(parts: { module: WebAssembly.Module }): unknown;
}

declare module "scorelay-wasm/base64" {
  const wasm: string;
  export default wasm;
}
