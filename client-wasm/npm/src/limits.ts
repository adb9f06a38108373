/**
 * The limits of `protocol/src/limits.rs` that arguments are checked against before the WebAssembly is there. A unit test
 * compares them with those that the core tells.
 */

/** Ranks of one window. */
export const WINDOW_ROWS = 15_808;
/** Entities followed at a time. */
export const MASK_TRACKS = 16;
/** Slowest pace, in milliseconds. */
export const MAX_PACE_MS = 10_000;
/** Rows that `around` gives on each side. */
export const AROUND_ROWS = 50;
/** Bytes of a platform's name. */
export const PLATFORM_BYTES = 32;
/** Bytes of an entity's id. */
export const ENTITY_ID_BYTES = 128;
/** Entities of one request for profiles. */
export const PROFILE_IDS = 64;
/** Milliseconds that a question may wait for its answer. */
export const CLIENT_REQUEST_MS = 10_000;
/** Pace asked for while the page is hidden, in milliseconds. */
export const HIDDEN_PACE_MS = 2_000;
