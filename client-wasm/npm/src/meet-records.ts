/**
 * Records of desks and displays (`client-wasm/src/meet/records.rs`), as the objects that people read.
 */

import type { ScorelayError } from "./errors.js";
import type { PackedReader } from "./packed.js";
import { readError } from "./records.js";
import type { Change } from "./meet-tree.js";
import { fromJson } from "./meet-values.js";
import type { Location, MeetSession, MeetState, MeetValue, Overruled } from "./meet-types.js";

/** Tags of these records; they follow those of `records.ts`. */
export const MeetTag = {
  About: 13,
  State: 14,
  Shown: 15,
  Pending: 16,
  Overruled: 17,
  Answer: 18,
  Save: 19,
  NotOpened: 20,
  Display: 21,
} as const;

const KINDS = ["opening", "resyncing", "live", "offline", "recovering", "restoring", "logged-out", "closed"] as const;
const REASONS = [null, "password", "left", "finished", "refused", "another-meet"] as const;
const WHYS = ["overruled", "late", "no-such-entry", "entry-exists", "not-your-block", "not-driver"] as const;

/** What is known of a desk besides the meet. */
export interface About {
  /** Empty until it is known. */
  readonly meet: string;
  readonly location: string;
  readonly block: { readonly first: number; readonly count: number } | null;
  readonly locations: ReadonlyArray<Location>;
  readonly drives: ReadonlyArray<number>;
  /** The number of its session. */
  readonly session: number | null;
}

/** A change of what is kept: bytes under a key, or none, or nothing between two keys. */
export type KeptChange =
  | { readonly kind: "put"; readonly key: Uint8Array; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly key: Uint8Array }
  | { readonly kind: "cut"; readonly key: Uint8Array };

/** Changes that are done together, and what they are of. */
export interface Save {
  readonly number: number;
  readonly meet: string;
  readonly location: string;
  readonly name: string;
  readonly changes: ReadonlyArray<KeptChange>;
}

/** What a command came to: an error, nothing, sessions or a number. */
export type Answer = ScorelayError | undefined | ReadonlyArray<MeetSession> | number;

export function readAbout(reader: PackedReader): About {
  const [meet, location] = [reader.string(), reader.string()];
  const block = reader.flag() ? { first: reader.u32(), count: reader.u32() } : null;
  const locations = list(reader, () => ({ name: reader.string(), priority: reader.u32() }));
  const drives = list(reader, () => reader.u8());
  return { meet, location, block, locations, drives, session: reader.time() };
}

export function readState(reader: PackedReader, since: number): MeetState {
  const kind = KINDS[reader.u8()]!;
  const reason = REASONS[reader.u8()]!;
  const [sent, total] = [reader.u32(), reader.u32()];
  const flags = reader.u8();
  const error = readMaybe(reader);
  return { kind, since, error, reason, sent, total, finished: (flags & 1) !== 0, logHalfFull: (flags & 2) !== 0 };
}

export function readChanges(reader: PackedReader): Change[] {
  return list(reader, () => ({ path: reader.string(), created: reader.f64(), value: fromJson(reader.string()) }));
}

export function readPending(reader: PackedReader): { count: number; heldUp: ScorelayError | null } {
  return { count: reader.u32(), heldUp: readMaybe(reader) };
}

export function readOverruled(reader: PackedReader): Overruled[] {
  return list(reader, () => {
    const [line, path] = [reader.f64(), reader.string()];
    const mine = fromJson(reader.string()) as MeetValue;
    const why = WHYS[reader.u8()]!;
    const stands = fromJson(reader.string()) as MeetValue;
    const known = reader.flag();
    const location = reader.string();
    return { line, path, mine, why, stands, location: known ? location : null };
  });
}

export function readAnswer(reader: PackedReader): Answer {
  const kind = reader.u8();
  if (kind === 0) {
    return readError(reader);
  }
  if (kind === 2) {
    return list(reader, () => {
      const number = reader.u32();
      const role = reader.flag() ? "desk" : "display";
      const location = reader.string();
      const own = reader.flag();
      const [opened, ends] = [reader.f64(), reader.time()];
      return { number, role, location: role === "desk" ? location : null, own, opened, ends };
    });
  }
  return kind === 3 ? reader.u32() : undefined;
}

export function readSave(reader: PackedReader): Save {
  const number = reader.f64();
  const [meet, location, name] = [reader.string(), reader.string(), reader.string()];
  const changes = list(reader, (): KeptChange => {
    const kind = reader.u8();
    const key = reader.blob();
    return kind === 0 ? { kind: "put", key, bytes: reader.blob() } : { kind: kind === 1 ? "remove" : "cut", key };
  });
  return { number, meet, location, name, changes };
}

/** Why a meet could not be made or joined. */
export function readNotOpened(reader: PackedReader): ScorelayError {
  return readError(reader);
}

export function readMaybe(reader: PackedReader): ScorelayError | null {
  return reader.flag() ? readError(reader) : null;
}

function list<T>(reader: PackedReader, read: () => T): T[] {
  return Array.from({ length: reader.u32() }, read);
}
