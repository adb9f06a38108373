/**
 * From records of the core to what people read: snapshots, answers, states. What equals its counterpart in the snapshot
 * before is given as the same object, so that whoever compares references sees only changes.
 */

import { ScorelayError } from "./errors.js";
import type { PackedReader } from "./packed.js";
import type { BoardSnapshot, BoardSummary, ConnectionState, Place, Row, Standing, TrackSnapshot } from "./types.js";

const KINDS = ["connecting", "live", "stale", "offline", "closed"] as const;
const PRESENCES = ["unknown", "absent", "present"] as const;

/** Tags of records. */
export const Tag = {
  Connect: 1,
  Close: 2,
  Send: 3,
  Status: 4,
  Directory: 5,
  View: 6,
  Track: 7,
  Found: 8,
  Around: 9,
  Failed: 10,
  Refused: 11,
  Timer: 12,
  ViewEdits: 22,
} as const;

/** Code, whether it may pass, message. */
export function readError(reader: PackedReader): ScorelayError {
  const code = reader.string();
  const retryable = reader.flag();
  return new ScorelayError(code, reader.string(), retryable);
}

/** State of the connection. */
export function readStatus(reader: PackedReader, before: ConnectionState): ConnectionState {
  const kind = KINDS[reader.u8()]!;
  const [since, retryAt, lastUpdate] = [reader.f64(), reader.time(), reader.time()];
  const error = reader.flag() ? readError(reader) : null;
  return sameOr(before, { kind, since, retryAt, error: sameError(before.error, error), lastUpdate });
}

/** The boards. */
export function readDirectory(
  reader: PackedReader,
  before: ReadonlyArray<BoardSummary> | null,
): ReadonlyArray<BoardSummary> {
  return list(reader, before, (_, there: BoardSummary | undefined) => {
    const id = reader.string(there?.id);
    const old = there?.id === id ? there : before?.find((board) => board.id === id);
    const next: BoardSummary = {
      id,
      title: reader.string(old?.title),
      unit: reader.string(old?.unit),
      decimals: reader.u8(),
      synthetic: reader.flag(),
      rows: reader.u32(),
    };
    return sameOr(old, next);
  });
}

/** What a view shows, after its number. */
export function readView(reader: PackedReader, before: BoardSnapshot): BoardSnapshot {
  const presence = PRESENCES[reader.u8()]!;
  const flags = reader.u8();
  const decimals = reader.u8();
  const [title, unit] = [reader.string(before.title), reader.string(before.unit)];
  const [total, from] = [reader.u32(), reader.u32()];
  const unitsPerPoint = 10 ** decimals;
  const rows = list<Row | null>(reader, before.rows, (index) => {
    if (!reader.flag()) {
      return null;
    }
    const rank = from + index;
    const old = before.rows[rank - before.from];
    const entity = reader.string(old?.entity);
    const score = reader.f64() / unitsPerPoint;
    return old?.entity === entity && old.score === score ? old : { rank, entity, score };
  });
  const synthetic = (flags & 1) !== 0;
  const complete = (flags & 2) !== 0;
  const held = (flags & 4) !== 0;
  const { board } = before;
  return sameOr(before, { board, presence, title, unit, decimals, synthetic, total, from, rows, complete, held });
}

/** What a view shows, after its number, where only rows and their total differ from `before`. */
export function readViewEdits(reader: PackedReader, before: BoardSnapshot): BoardSnapshot {
  const [total, length] = [reader.u32(), reader.u32()];
  const unitsPerPoint = 10 ** before.decimals;
  const { rows: old, from } = before;
  const edits = reader.u32();
  const rows = edits === 0 && length === old.length ? old : edited(reader, old, { length, edits, from, unitsPerPoint });
  if (rows === old && total === before.total) {
    return before;
  }
  // By name: spreading an object of this size takes as long as all the rest here.
  const { board, presence, title, unit, decimals, synthetic, complete, held } = before;
  return { board, presence, title, unit, decimals, synthetic, total, from, rows, complete, held };
}

interface Edits {
  length: number;
  edits: number;
  from: number;
  unitsPerPoint: number;
}

function edited(reader: PackedReader, old: ReadonlyArray<Row | null>, given: Edits): ReadonlyArray<Row | null> {
  const { length, edits, from, unitsPerPoint } = given;
  const rows = old.slice(0, length);
  for (let left = edits; left > 0; left -= 1) {
    const at = reader.u32();
    const stood = reader.u32();
    const entity = stood === 0 ? reader.string() : (old[stood - 1]?.entity ?? "");
    rows[at] = { rank: from + at, entity, score: reader.f64() / unitsPerPoint };
  }
  return rows;
}

/** Where a followed entity stands, after its name. */
export function readTrack(reader: PackedReader, before: TrackSnapshot): TrackSnapshot {
  const flags = reader.u8();
  const places = list(reader, before.places, (_, old: Place | undefined) => {
    const board = reader.string(old?.board);
    const decimals = reader.u8();
    const at = sameOr(old?.at, reader.flag() ? readStanding(reader, decimals) : null);
    return sameOr(old, { board, at });
  });
  return sameOr(before, { entity: before.entity, places, known: (flags & 1) !== 0, held: (flags & 2) !== 0 });
}

/** The answer to `find`. */
export function readFound(reader: PackedReader): Standing | null {
  if (!reader.flag()) {
    return null;
  }
  const [rank, units] = [reader.u32(), reader.f64()];
  return { rank, score: units / 10 ** reader.u8() };
}

/** The answer to `around`. */
export function readAround(reader: PackedReader): ReadonlyArray<Row> {
  const unitsPerPoint = 10 ** reader.u8();
  return list<Row>(reader, null, () => {
    const rank = reader.u32();
    return { rank, entity: reader.string(), score: reader.f64() / unitsPerPoint };
  });
}

function readStanding(reader: PackedReader, decimals: number): Standing {
  const rank = reader.u32();
  return { rank, score: reader.f64() / 10 ** decimals };
}

/** A counted list; the one before, if all of its members are the same. */
function list<T>(
  reader: PackedReader,
  before: ReadonlyArray<T> | null,
  read: (index: number, old: T | undefined) => T,
): ReadonlyArray<T> {
  const members: T[] = new Array(reader.u32());
  let same = before?.length === members.length;
  for (let index = 0; index < members.length; index += 1) {
    const old = before?.[index];
    const member = read(index, old);
    members[index] = member;
    same &&= member === old;
  }
  return same && before !== null ? before : members;
}

function sameError(old: ScorelayError | null, next: ScorelayError | null): ScorelayError | null {
  return old?.code === next?.code && old?.message === next?.message && old?.retryable === next?.retryable ? old : next;
}

/** `old`, if all that `next` has is the same in it. */
function sameOr<T>(old: T | undefined, next: T): T {
  if (!old || !next) {
    return next;
  }
  const keys = Object.keys(next) as Array<keyof T>;
  return keys.every((key) => Object.is(old[key], next[key])) ? old : next;
}
