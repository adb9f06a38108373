/**
 * The package `scorelay` without the WebAssembly in it: the file beside this script, or what is given, is compiled while it
 * arrives.
 */

import { connectWith, globalWebSocket } from "./connect.js";
import type { CoreClass } from "./core.js";
import { ScorelayError, textOf } from "./errors.js";
import { loadCore } from "./load.js";
import type { Client, ConnectOptions } from "./types.js";

export { ScorelayError } from "./errors.js";
export * from "./types.js";

/** Where the WebAssembly comes from: its address, an answer to a request for it, or itself. */
export type WasmSource = string | URL | Request | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;

/** How to connect. */
export interface SlimConnectOptions extends ConnectOptions {
  /**
   * `scorelay.wasm` of this very version; by default it lies beside this script. Only the first client of a page has it
   * loaded.
   */
  wasm?: WasmSource;
}

/** As in `scorelay`, but the WebAssembly is a file of its own. */
export function connect(options: SlimConnectOptions = {}): Client {
  return connectWith(options, () => loadFrom(options.wasm), globalWebSocket);
}

function loadFrom(given: WasmSource | undefined): Promise<CoreClass> {
  return loadCore(async () => {
    const source = await (given ?? beside());
    if (source instanceof WebAssembly.Module) {
      return source;
    }
    if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) {
      return WebAssembly.compile(source);
    }
    return compileResponse(isResponse(source) ? source : await fetched(source));
  });
}

/** Bundlers know this form and put the file where the script finds it. */
function beside(): URL {
  try {
    return new URL("./scorelay.wasm", import.meta.url);
  } catch {
    throw new ScorelayError("no-wasm", "this script does not know where it lies: give connect() the option wasm");
  }
}

function isResponse(source: string | URL | Request | Response): source is Response {
  return typeof Response === "function" && source instanceof Response;
}

async function fetched(source: string | URL | Request): Promise<Response> {
  try {
    return await fetch(source);
  } catch (error) {
    throw new ScorelayError("no-wasm", `scorelay.wasm cannot be fetched: ${textOf(error)}`, true);
  }
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) {
    throw new ScorelayError("no-wasm", `scorelay.wasm cannot be fetched: status ${response.status}`, true);
  }
  const type = response.headers.get("content-type") ?? "";
  if (typeof WebAssembly.compileStreaming === "function" && type.startsWith("application/wasm")) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
