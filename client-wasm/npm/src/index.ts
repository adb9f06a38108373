/**
 * The package `scorelay`: live boards for web pages, with all that is needed in one script.
 */

import { connectWith, globalWebSocket } from "./connect.js";
import { loadInline } from "./inline.js";
import type { Client, ConnectOptions } from "./types.js";

export { ScorelayError } from "./errors.js";
export * from "./types.js";

/**
 * Connects to a relay. The client is given at once, in state `connecting`, and what is asked of it is done when the
 * connection is there.
 *
 * @throws ScorelayError with code `bad-url`, `bad-entity`, `mask-full` or `bad-range` for options that cannot be.
 */
export function connect(options: ConnectOptions = {}): Client {
  return connectWith(options, loadInline, globalWebSocket);
}
