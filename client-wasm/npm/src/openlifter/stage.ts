/**
 * What goes on on a platform, of OpenLifter's own slice `lifting` and the entries: the attempt that is lifted, and whose
 * turn it is, by the order OpenLifter shows: weight, lot, the order of the attempt before, body weight, name.
 */

import type { AttemptNumber, Lift, Stage } from "../meet-types.js";
import { ATTEMPTS, LIFT_OF_LETTER, type AppEntry, type AppState } from "./app-state.js";
import { attemptOf } from "./mapping.js";

/** What to say of the platform that this device shows. */
export function stageOf({ lifting, registration }: AppState): Stage {
  const lift = LIFT_OF_LETTER[lifting.lift] ?? null;
  const { day, platform, flight } = lifting;
  if (lift === null) {
    return { flight, lift, attempt: null, lifter: null };
  }
  const group = registration.entries.filter((entry) => entry["day"] === day && entry["platform"] === platform && entry["flight"] === flight);
  const attempt = activeAttempt(group, lift, lifting.overrideAttempt);
  const chosen = group.find(({ id }) => id === lifting.overrideEntryId);
  const lifter = chosen ?? inOrder(group, lift, attempt).find((entry) => waits(entry, lift, attempt));
  return { flight, lift, attempt, lifter: lifter?.id ?? null };
}

/** The lowest attempt that somebody still has to lift; when nobody has, the one after the last, up to the third. */
function activeAttempt(group: ReadonlyArray<AppEntry>, lift: Lift, chosen: number | null): AttemptNumber {
  const given = ATTEMPTS.find((number) => number === Number(chosen ?? 0));
  if (given !== undefined) {
    return given;
  }
  const last = [...ATTEMPTS].reverse();
  const next = group.map((entry) => last.find((number) => waits(entry, lift, number)) ?? 0).filter((number) => number > 0);
  if (next.length > 0) {
    return Math.min(...next) as AttemptNumber;
  }
  const lifted = group.map((entry) => last.find((number) => done(entry, lift, number)) ?? 0);
  const latest = Math.max(0, ...lifted);
  return (latest >= 3 ? latest : latest + 1) as AttemptNumber;
}

/** Those whose next attempt is declared already stand first, by that; then the others, by this one. */
function inOrder(group: ReadonlyArray<AppEntry>, lift: Lift, attempt: AttemptNumber): AppEntry[] {
  const next = ATTEMPTS.find((number) => number === attempt + 1);
  const ahead = (entry: AppEntry): boolean => next !== undefined && attemptOf(entry, lift, next).kg !== 0;
  const sorted = (entries: AppEntry[], by: number): AppEntry[] => entries.sort((one, other) => compare(one, other, lift, by));
  return [...sorted(group.filter(ahead), attempt + 1), ...sorted(group.filter((entry) => !ahead(entry)), attempt)];
}

function compare(one: AppEntry, other: AppEntry, lift: Lift, attempt: number): number {
  for (let number = attempt; number >= 1; number -= 1) {
    const weight = attemptOf(one, lift, number as AttemptNumber).kg - attemptOf(other, lift, number as AttemptNumber).kg;
    if (weight !== 0) {
      return weight;
    }
    const [lot, otherLot] = [Number(one["lot"]), Number(other["lot"])];
    if (lot !== 0 && otherLot !== 0) {
      return lot - otherLot;
    }
  }
  const lighter = Number(one["bodyweightKg"]) - Number(other["bodyweightKg"]);
  const [name, otherName] = [String(one["name"]), String(other["name"])];
  return lighter !== 0 ? lighter : name < otherName ? -1 : name > otherName ? 1 : 0;
}

function waits(entry: AppEntry, lift: Lift, number: AttemptNumber): boolean {
  const { kg, result } = attemptOf(entry, lift, number);
  return kg !== 0 && result === "open";
}

function done(entry: AppEntry, lift: Lift, number: AttemptNumber): boolean {
  const { kg, result } = attemptOf(entry, lift, number);
  return kg !== 0 && result !== "open";
}
