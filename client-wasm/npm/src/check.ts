/**
 * Checks of arguments, made at once so that a mistake shows where it was made. The core would refuse the same; only it
 * may not be loaded yet. What a relay refuses is not checked here.
 */

import { ScorelayError } from "./errors.js";
import { AROUND_ROWS, ENTITY_ID_BYTES, MASK_TRACKS, MAX_PACE_MS, PLATFORM_BYTES, WINDOW_ROWS } from "./limits.js";
import type { Window } from "./types.js";

const MAX_RANK = 0xffff_ffff;
const PLATFORM = new RegExp(`^[a-z0-9_-]{1,${PLATFORM_BYTES}}$`);
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** A window of ranks as it was given, copied. */
export function checkedWindow({ from, to }: Window): Window {
  if (!isRank(from) || !isRank(to) || to < from) {
    throw new ScorelayError("bad-range", `no window of ranks: ${from} to ${to}`);
  }
  if (to - from >= WINDOW_ROWS) {
    throw new ScorelayError("bad-range", `a window has at most ${WINDOW_ROWS} ranks`);
  }
  return { from, to };
}

/** An entity, `platform:id`. */
export function checkedEntity(entity: string): string {
  const colon = typeof entity === "string" ? entity.indexOf(":") : -1;
  if (colon < 0) {
    throw new ScorelayError("bad-entity", `an entity is written platform:id, like twitch:1234, not ${String(entity)}`);
  }
  if (!PLATFORM.test(entity.slice(0, colon))) {
    throw new ScorelayError("bad-entity", `a platform is 1 to ${PLATFORM_BYTES} of the characters a-z 0-9 _ -`);
  }
  const id = entity.slice(colon + 1);
  const bytes = utf8Length(id);
  if (bytes < 1 || bytes > ENTITY_ID_BYTES || CONTROL.test(id)) {
    const what = `an entity's id is 1 to ${ENTITY_ID_BYTES} bytes of text without control characters`;
    throw new ScorelayError("bad-entity", what);
  }
  return entity;
}

/** Entities to follow from the start, each once. */
export function checkedEntities(all: readonly string[]): string[] {
  const entities = [...new Set(all.map(checkedEntity))];
  if (entities.length > MASK_TRACKS) {
    throw tooManyTracks();
  }
  return entities;
}

/** Says that no more entities can be followed. */
export function tooManyTracks(): ScorelayError {
  return new ScorelayError("mask-full", `at most ${MASK_TRACKS} entities can be tracked`);
}

/** Milliseconds between updates. */
export function checkedPace(milliseconds: number): number {
  if (!(milliseconds >= 0 && milliseconds <= MAX_PACE_MS)) {
    throw new ScorelayError("bad-range", `a pace is 0 to ${MAX_PACE_MS} milliseconds, not ${milliseconds}`);
  }
  return Math.round(milliseconds);
}

/** Rows on each side. */
export function checkedAround(rows: number): number {
  if (!(Number.isInteger(rows) && rows >= 0 && rows <= AROUND_ROWS)) {
    throw new ScorelayError("bad-range", `around gives 0 to ${AROUND_ROWS} rows on each side, not ${rows}`);
  }
  return rows;
}

function isRank(rank: number): boolean {
  return Number.isInteger(rank) && rank >= 1 && rank <= MAX_RANK;
}

/** Bytes of `text` in UTF-8; a lone surrogate is no text and counts as infinitely many. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) {
      return Infinity;
    }
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
