/**
 * The package `scorelay/meet`: boards and meets, with all that is needed in one script. Its WebAssembly is larger than that
 * of `scorelay`, which does boards alone.
 */

import { connectWith, globalWebSocket } from "./connect.js";
import { disposable } from "./handles.js";
import { loadInline } from "./inline.js";
import { Meets } from "./meet-client.js";
import type { MeetClient } from "./meet-types.js";
import type { Client, ConnectOptions } from "./types.js";

export { ScorelayError } from "./errors.js";
export * from "./meet-types.js";
export * from "./types.js";

/** As in `scorelay`, with meets besides boards. */
export function connect(options: ConnectOptions = {}): MeetClient {
  let meets: Meets | undefined;
  const client: Client = connectWith(options, loadInline, globalWebSocket, (host) => (meets = new Meets(host)));
  const all = meets!;
  return disposable<Omit<MeetClient, typeof Symbol.dispose>>({
    ...client,
    createMeet: all.createMeet.bind(all),
    joinMeet: all.joinMeet.bind(all),
    keptMeets: all.keptMeets.bind(all),
    openMeet: all.openMeet.bind(all),
    forgetMeet: all.forgetMeet.bind(all),
    watchMeet: all.displays.watch.bind(all.displays),
  });
}
