/**
 * `connect`, for the entries of the package, which differ in where the WebAssembly and a WebSocket class come from.
 */

import { socketAddress } from "./address.js";
import { checkedPace } from "./check.js";
import { LiveClient } from "./client.js";
import type { CoreClass } from "./core.js";
import { ScorelayError } from "./errors.js";
import type { Extension, Host } from "./extension.js";
import { disposable } from "./handles.js";
import type { Client, ConnectOptions, WebSocketConstructor } from "./types.js";

/** Makes a client of checked options. */
export function connectWith(
  options: ConnectOptions,
  load: () => Promise<CoreClass>,
  webSocket: () => Promise<WebSocketConstructor>,
  extend?: (host: Host) => Extension,
): Client {
  const { signal } = options;
  const live = new LiveClient({
    ...socketAddress(options.url, options.track),
    pace: checkedPace(options.pace ?? 0),
    load,
    ...(extend === undefined ? {} : { extend }),
    webSocket: options.WebSocket === undefined ? webSocket : () => Promise.resolve(options.WebSocket!),
  });
  const { state, directory, profiles } = live;
  const client: Client = disposable<Omit<Client, typeof Symbol.dispose>>({
    state: { subscribe: state.subscribe, getSnapshot: state.getSnapshot },
    directory: { subscribe: directory.subscribe, getSnapshot: directory.getSnapshot },
    profiles: { view: profiles.view.bind(profiles), get: profiles.get.bind(profiles) },
    board: (id: string) => live.board(id),
    track: (entity: string) => live.track(entity),
    find: live.find.bind(live),
    setPace: (milliseconds: number) => live.setPace(milliseconds),
    ready: live.ready.bind(live),
    stats: () => live.stats(),
    close: () => live.close(),
  });
  if (signal?.aborted) {
    live.close();
  } else if (signal !== undefined) {
    const abort = (): void => live.close();
    signal.addEventListener("abort", abort);
    const stop = state.subscribe(() => {
      if (state.getSnapshot().kind === "closed") {
        signal.removeEventListener("abort", abort);
        stop();
      }
    });
  }
  return client;
}

/** The WebSocket class that the platform has. */
export async function globalWebSocket(): Promise<WebSocketConstructor> {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketConstructor };
  if (typeof WebSocket !== "function") {
    throw new ScorelayError("no-websocket", "there is no WebSocket here: give connect() one, or install the package ws");
  }
  return WebSocket;
}
