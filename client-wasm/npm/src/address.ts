/**
 * The address of a relay's live socket, from the URL that a person gives. The same URLs are taken as by the Rust client
 * (`client/src/shell/address.rs`): an origin, or the live socket itself.
 */

import { checkedEntities } from "./check.js";
import { ScorelayError } from "./errors.js";

const PATH = "/v1/live";

const TRACK = "track_user";

/**
 * The live socket's URL, by default that of the page's own origin, and whom it names to be followed: `track`, and those
 * that the given one names.
 */
export function socketAddress(
  given: string | URL | undefined,
  track: string | Iterable<string> | undefined,
): { url: string; track: readonly string[] } {
  const text = String(given ?? pageOrigin());
  const bad = (why: string): ScorelayError => new ScorelayError("bad-url", `"${text}" is no address of a relay: ${why}`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw bad("it is no URL like http://127.0.0.1:7420");
  }
  const scheme = { "http:": "ws:", "ws:": "ws:", "https:": "wss:", "wss:": "wss:" }[url.protocol];
  if (scheme === undefined) {
    throw bad("it begins with http, https, ws or wss");
  }
  if (url.username !== "" || url.password !== "") {
    throw bad("names and passwords are not used");
  }
  const isSocket = url.pathname === PATH;
  if (url.hash !== "" || (!isSocket && (url.pathname !== "/" || url.search !== ""))) {
    throw bad("only scheme, host and port are given");
  }
  const named = url.searchParams.getAll(TRACK);
  url.searchParams.delete(TRACK);
  const all = checkedEntities([...named, ...(typeof track === "string" ? [track] : track ?? [])]);
  all.forEach((entity) => url.searchParams.append(TRACK, entity));
  return { url: `${scheme}//${url.host}${PATH}${url.search}`, track: all };
}

function pageOrigin(): string {
  const { location } = globalThis as { location?: { origin?: string } };
  if (location?.origin === undefined) {
    throw new ScorelayError("bad-url", "there is no page whose origin could be used: give connect() a url");
  }
  return location.origin;
}
