/** Attempts as tiles, and which attempt of somebody a stage is about. */
import { attemptOf } from "../../meet/attempts.ts";
import { attemptDue } from "../../meet/order.ts";
import { ATTEMPTS, COUNTED } from "../../meet/types.ts";
import type { AttemptNumber, Lift, MeetEntry, MeetLeaves } from "../../meet/types.ts";
import { showWeight } from "../../meet/units.ts";

/** What a tile says. `current`: open, and now. `declared`: open, and later. `empty`: no weight is known. */
export type TileState = "good" | "no-lift" | "current" | "declared" | "empty";

/** One attempt. */
export interface Tile {
  readonly attempt: AttemptNumber;
  /** The weight, or a dash. */
  readonly text: string;
  readonly state: TileState;
}

/** What stands where no weight is known. */
const NOTHING = "–";

/** The attempts to show of a lift: the three that count, and further ones that there are. */
export function shownAttempts(entries: readonly MeetEntry[], lift: Lift): readonly AttemptNumber[] {
  const declared = (attempt: AttemptNumber) => entries.some((entry) => attemptOf(entry, lift, attempt).kg > 0);
  return ATTEMPTS.filter((attempt) => COUNTED.includes(attempt) || declared(attempt));
}

/** The tiles of a lift; `now` is the attempt that is made now. */
export function tilesOf(
  meet: MeetLeaves,
  entry: MeetEntry,
  lift: Lift,
  attempts: readonly AttemptNumber[],
  now: AttemptNumber | null,
): readonly Tile[] {
  return attempts.map((attempt) => {
    const { kg, result } = attemptOf(entry, lift, attempt);
    const text = kg > 0 ? showWeight(kg, meet.inKg !== false) : NOTHING;
    const open = attempt === now ? "current" : kg > 0 ? "declared" : "empty";
    return { attempt, text, state: result === "open" ? open : result };
  });
}

/** The attempt that a stage is about: the one it names, or else the one that is due, or else the last. */
export function attemptOnStage(entry: MeetEntry, lift: Lift, named: AttemptNumber | null): AttemptNumber {
  const attempts = shownAttempts([entry], lift);
  return named ?? attemptDue(entry, lift, attempts) ?? attempts.at(-1) ?? 1;
}
