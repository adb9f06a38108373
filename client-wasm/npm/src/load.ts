/**
 * Brings up the WebAssembly, once for all clients of a page, whatever way its bytes come.
 */

import type { CoreClass } from "./core.js";
import { ScorelayError, textOf } from "./errors.js";
import { Core, initSync } from "scorelay-wasm";

let loading: Promise<CoreClass> | null = null;

/** The core's class; `compile` is called the first time, and again if that failed. */
export function loadCore(compile: () => Promise<WebAssembly.Module>): Promise<CoreClass> {
  loading ??= compiled(compile).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function compiled(compile: () => Promise<WebAssembly.Module>): Promise<CoreClass> {
  if (typeof WebAssembly !== "object") {
    throw new ScorelayError("no-wasm", "there is no WebAssembly here");
  }
  try {
    initSync({ module: await compile() });
  } catch (error) {
    if (error instanceof ScorelayError) {
      throw error;
    }
    const advice = "where a content security policy forbids it, add 'wasm-unsafe-eval' to its script-src";
    throw new ScorelayError("no-wasm", `WebAssembly cannot be used: ${textOf(error)} (${advice})`);
  }
  return Core as CoreClass;
}
