/**
 * The address names what is seen: `?board=&track_user=&rank=&search=`. This reads and writes that query; when it is written,
 * and what goes back and forward, is in `ui/use-address.ts`.
 */
import { isEntity } from "./entity.ts";

/** What an address names. */
export interface Address {
  /** A board's id; `null`: the first there is. */
  readonly board: string | null;
  /** Pinned entities, `platform:id`. */
  readonly pins: readonly string[];
  /** The rank a third down the view; `null`: the top. */
  readonly rank: number | null;
  /** The name that is searched for; `""` for none. */
  readonly search?: string;
}

/** At most this many rows are pinned: a connection follows no more. */
export const MAX_PINS = 16;

/** Reads a query like `?board=messages&rank=500`. What is malformed in it is passed over. */
export function readAddress(search: string): Required<Address> {
  const query = new URLSearchParams(search);
  const rank = Number(query.get("rank"));
  const pins = query.getAll("track_user").map((pin) => pin.trim());
  return {
    board: query.get("board") || null,
    pins: [...new Set(pins.filter(isEntity))].slice(0, MAX_PINS),
    rank: Number.isSafeInteger(rank) && rank > 1 ? rank : null,
    search: query.get("search")?.trim() ?? "",
  };
}

/** The query for an address, `""` or beginning with `?`. Parameters of others in `search` are kept. */
export function writeAddress(address: Address, search = ""): string {
  const query = new URLSearchParams(search);
  for (const name of ["board", "track_user", "rank", "search"]) query.delete(name);
  if (address.board !== null) query.set("board", address.board);
  for (const pin of address.pins) query.append("track_user", pin);
  if (address.rank !== null) query.set("rank", String(address.rank));
  if (address.search) query.set("search", address.search);
  // The colon may stand in a query as it is, and reads better.
  const text = query.toString().replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}
