/** What the break slide says: the meet, and which flight comes next with whom. */
import { attemptOf, attemptsOf } from "../../meet/attempts.ts";
import { groupOnStage, liftingOrder } from "../../meet/order.ts";
import type { Group, LiftingOrder } from "../../meet/order.ts";
import { LIFT_NAMES, LIFTS } from "../../meet/types.ts";
import type { MeetTree } from "../../meet/types.ts";
import { isDate } from "../../meet/units.ts";
import type { NextWords } from "./lower-third.ts";
import type { Shown } from "./shown.ts";
import { nameOf, weightOf } from "./words.ts";

/** A break slide. */
export interface BreakScene {
  /** Name of the meet; may be empty. */
  readonly title: string;
  /** Where and when; may be empty. */
  readonly about: string;
  /** What comes next; `null` where that is not known, or nothing does. */
  readonly next: { readonly what: string; readonly lifters: readonly NextWords[] } | null;
  readonly over: boolean;
}

/** So many of those who lift next. */
const LIFTERS = 3;

/** The break slide. */
export function breakScene({ tree, finished }: Shown, stage: number): BreakScene {
  const { meet } = tree;
  const about = [meet.city?.trim(), dateWords(meet.date), meet.federation?.trim()].filter((part) => part);
  return { title: meet.name?.trim() ?? "", about: about.join(" · "), next: finished ? null : next(tree, stage), over: finished };
}

function next(tree: MeetTree, stage: number): BreakScene["next"] {
  const on = groupOnStage(tree, stage);
  if (on === null) return null;
  const found = following(tree, on);
  if (found === null) return null;
  const { group, order } = found;
  const lifters = order.turns.slice(0, LIFTERS).map(({ entry, attempt }): NextWords => ({
    id: entry.id,
    name: nameOf(entry),
    weight: weightOf(attemptOf(entry, group.lift, attempt).kg, tree.meet),
  }));
  return { what: `${LIFT_NAMES[group.lift]} · Flight ${group.flight}`, lifters };
}

/** The group on the stage while it has attempts to make, or else the next flight, or else the next lift. */
function following(tree: MeetTree, on: Group): { group: Group; order: LiftingOrder } | null {
  const here = tree.entries.filter(({ day, platform }) => (day ?? 1) === on.day && (platform ?? 1) === on.platform);
  const flights = [...new Set([on.flight, ...here.map(({ flight }) => flight ?? "A")])].sort();
  const all = LIFTS.flatMap((lift) => flights.map((flight): Group => ({ ...on, lift, flight })));
  const from = all.findIndex(({ lift, flight }) => lift === on.lift && flight === on.flight);
  for (const group of all.slice(from)) {
    const order = liftingOrder(tree.entries, group, attemptsOf(tree.meet));
    if (order.turns.length > 0) return { group, order };
  }
  return null;
}

function dateWords(date: string | null | undefined): string {
  if (!date || !isDate(date)) return "";
  // A plain date is the same day everywhere.
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${date}T00:00Z`));
}
