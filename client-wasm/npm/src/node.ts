/**
 * The package `scorelay` in Node, where a WebSocket class may have to come from the package `ws`. Bundlers for browsers
 * take `index.ts`.
 */

import { connectWith, globalWebSocket } from "./connect.js";
import { loadInline } from "./inline.js";
import type { Client, ConnectOptions, WebSocketConstructor } from "./types.js";

export { ScorelayError } from "./errors.js";
export * from "./types.js";

/** As in `index.ts`. */
export function connect(options: ConnectOptions = {}): Client {
  return connectWith(options, loadInline, nodeWebSocket);
}

async function nodeWebSocket(): Promise<WebSocketConstructor> {
  if (!("WebSocket" in globalThis)) {
    try {
      const { WebSocket } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "ws");
      return WebSocket as unknown as WebSocketConstructor;
    } catch {
      // Said below.
    }
  }
  return globalWebSocket();
}
