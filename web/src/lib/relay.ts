/** Where the relay is that the page is of. */

/** Its origin; `null`: the page's own. While developing, the pages and the relay are two servers. */
export const relay: string | null = import.meta.env.DEV ? new URLSearchParams(location.search).get("relay") ?? "http://127.0.0.1:7420" : null;

/** The address of a path of its HTTP interface. */
export function relayAddress(path: string): string {
  return `${relay ?? ""}${path}`;
}
