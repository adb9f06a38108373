/**
 * The order of lifting, by rounds as the IPF's technical rules have it ("Order of Competition"): each lifter makes the
 * first attempt, then each the second; in a round the bar only rises, and where two ask for the same weight, the lower lot
 * number is first. Who has declared nothing stands at the end, and lifts when a weight is declared.
 */
import { attemptOf } from "./attempts.ts";
import { doesLift } from "./types.ts";
import type { AttemptNumber, Lift, MeetEntry, MeetTree, Stage } from "./types.ts";

/** What is lifted: a flight on a day and a platform, and the lift. */
export interface Group {
  readonly day: number;
  readonly platform: number;
  readonly flight: string;
  readonly lift: Lift;
}

/** An attempt that somebody is to make. */
export interface Turn {
  readonly entry: MeetEntry;
  readonly attempt: AttemptNumber;
}

/** The order of a group. */
export interface LiftingOrder {
  /** The round that is due; `null` if nothing that is declared is still to be lifted. */
  readonly attempt: AttemptNumber | null;
  /** Everybody of the group, in the order of the round that is due, or else of the last one. */
  readonly entries: readonly MeetEntry[];
  /** All turns that are declared and open: those of this round first, then those of later ones. The first is now. */
  readonly turns: readonly Turn[];
}

/** The entries of a flight that lift a lift, in the order they were made. */
export function groupOf(entries: readonly MeetEntry[], { day, platform, flight, lift }: Group): readonly MeetEntry[] {
  return entries.filter((entry) =>
    (entry.day ?? 1) === day && (entry.platform ?? 1) === platform && (entry.flight ?? "A") === flight && doesLift(entry, lift));
}

/** Entries in the order of a round. */
export function inOrder(entries: readonly MeetEntry[], lift: Lift, attempt: AttemptNumber): readonly MeetEntry[] {
  const rank = (entry: MeetEntry) => attemptOf(entry, lift, attempt).kg || Infinity;
  const lot = (entry: MeetEntry) => entry.lot || Infinity;
  // Sorting is stable, so that the order in which entries were made breaks what is still even.
  return entries.toSorted((a, b) => compare(rank(a), rank(b)) || compare(lot(a), lot(b)));
}

/** The order of a group, with the attempts that the meet has. */
export function liftingOrder(entries: readonly MeetEntry[], group: Group, attempts: readonly AttemptNumber[]): LiftingOrder {
  const among = groupOf(entries, group);
  const turns = attempts.flatMap((attempt) =>
    inOrder(among, group.lift, attempt)
      .filter((entry) => isDue(entry, group.lift, attempt))
      .map((entry): Turn => ({ entry, attempt })));
  const attempt = turns[0]?.attempt ?? null;
  const shown = attempt ?? lastTaken(among, group.lift, attempts);
  return { attempt, entries: inOrder(among, group.lift, shown), turns };
}

/** The attempt of an entry that comes next: the first that is open, declared or not; `null` after the last. */
export function attemptDue(entry: MeetEntry, lift: Lift, attempts: readonly AttemptNumber[]): AttemptNumber | null {
  return attempts.find((attempt) => attemptOf(entry, lift, attempt).result === "open") ?? null;
}

/** What a display knows of a stage, as a group. Day and platform are those of who is lifting, or else the stage's own number. */
export function groupOnStage(tree: MeetTree, number: number): Group | null {
  const stage: Stage | undefined = tree.live[number];
  if (stage === undefined || stage.lift === null) return null;
  const lifter = tree.entries.find(({ id }) => id === stage.lifter);
  const among = tree.entries.find(({ flight, platform }) => (flight ?? "A") === stage.flight && (platform ?? 1) === number);
  return {
    day: lifter?.day ?? among?.day ?? 1,
    platform: lifter?.platform ?? among?.platform ?? 1,
    flight: stage.flight,
    lift: stage.lift,
  };
}

function isDue(entry: MeetEntry, lift: Lift, attempt: AttemptNumber): boolean {
  const { kg, result } = attemptOf(entry, lift, attempt);
  return kg > 0 && result === "open";
}

/** The last round in which anybody lifted; the first if nobody did. */
function lastTaken(entries: readonly MeetEntry[], lift: Lift, attempts: readonly AttemptNumber[]): AttemptNumber {
  const taken = attempts.findLast((attempt) => entries.some((entry) => attemptOf(entry, lift, attempt).result !== "open"));
  return taken ?? attempts[0] ?? 1;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
