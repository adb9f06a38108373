/** What the scoreboard says: a flight in the order of lifting, with all its attempts, totals and places as they are now. */
import { attemptsOf, bombedOut, liftsOf, subtotalKg, totalKg } from "../../meet/attempts.ts";
import { groupOnStage, liftingOrder } from "../../meet/order.ts";
import { countedTotalKg, results } from "../../meet/results.ts";
import type { PlaceWord } from "../../meet/results.ts";
import { doesLift, eventsOf, LIFT_NAMES, LIFTS } from "../../meet/types.ts";
import type { AttemptNumber, Lift, MeetEntry, MeetTree, Stage } from "../../meet/types.ts";
import { showWeight, unitOf } from "../../meet/units.ts";
import { shownAttempts, tilesOf } from "./attempts.ts";
import type { Tile } from "./attempts.ts";
import { turnOn } from "./shown.ts";
import type { Shown } from "./shown.ts";
import { classWords, nameOf, originOf } from "./words.ts";

/** The columns of one lift. */
export interface LiftColumns {
  readonly lift: Lift;
  readonly name: string;
  readonly attempts: readonly AttemptNumber[];
  /** Whether it is the one that is lifted now. */
  readonly current: boolean;
}

/** One lifter. */
export interface ScoreRow {
  readonly id: number;
  readonly name: string;
  readonly origin: string;
  readonly weightClass: string;
  /** By `LiftColumns`; empty where somebody does not lift that. */
  readonly tiles: ReadonlyArray<readonly Tile[]>;
  /** The total, or what of it there is; empty where there is nothing. */
  readonly total: string;
  /** `1`, `2`, `G` for guests, `DQ` for who can have no total any more; empty before there is one. */
  readonly place: string;
  /** Whether it is this lifter's turn, or will be after that. */
  readonly turn: "now" | "next" | null;
}

/** A scoreboard. */
export interface Scoreboard {
  readonly title: string;
  /** Like `Squat · Flight A`. */
  readonly subtitle: string;
  readonly unit: string;
  readonly lifts: readonly LiftColumns[];
  readonly rows: readonly ScoreRow[];
}

/** The scoreboard of the flight on a stage; `null` while there is none. */
export function scoreboard({ tree }: Shown, number: number): Scoreboard | null {
  const stage = tree.live[number];
  if (stage === undefined) return null;
  const { entries, next } = flightOf(tree, number, stage);
  if (entries.length === 0) return null;
  const turn = turnOn(tree, number);
  const lifts = LIFTS.filter((lift) => entries.some((entry) => doesLift(entry, lift))).map((lift): LiftColumns => ({
    lift,
    name: LIFT_NAMES[lift],
    attempts: shownAttempts(entries, lift),
    current: lift === stage.lift,
  }));
  const places = placesIn(tree);
  return {
    title: tree.meet.name?.trim() ?? "",
    subtitle: [stage.lift === null ? "" : LIFT_NAMES[stage.lift], `Flight ${stage.flight}`].filter((part) => part !== "").join(" · "),
    unit: unitOf(tree.meet.inKg !== false),
    lifts,
    rows: entries.map((entry): ScoreRow => ({
      id: entry.id,
      name: nameOf(entry),
      origin: originOf(entry),
      weightClass: classWords(tree.meet, entry),
      tiles: lifts.map(({ lift, attempts }) => {
        const now = turn !== null && turn.lifter === entry.id && turn.lift === lift ? turn.attempt : null;
        return doesLift(entry, lift) ? tilesOf(tree.meet, entry, lift, attempts, now) : [];
      }),
      total: isOut(entry) ? "" : totalWords(tree, entry),
      place: placeWord(entry, places.get(entry.id)),
      turn: turn?.lifter === entry.id ? "now" : next === entry.id ? "next" : null,
    })),
  };
}

/** The flight's entries in their order, and who comes after the one whose turn it is. */
function flightOf(tree: MeetTree, number: number, stage: Stage): { entries: readonly MeetEntry[]; next: number | null } {
  // Between lifts a stage names none; day and platform are found all the same.
  const live = { ...tree.live, [number]: { ...stage, lift: stage.lift ?? "squat" } };
  const group = groupOnStage({ ...tree, live }, number);
  if (group === null) return { entries: [], next: null };
  if (stage.lift === null) {
    const { day, platform, flight } = group;
    const entries = tree.entries.filter((entry) =>
      (entry.day ?? 1) === day && (entry.platform ?? 1) === platform && (entry.flight ?? "A") === flight);
    return { entries, next: null };
  }
  const order = liftingOrder(tree.entries, group, attemptsOf(tree.meet));
  return { entries: order.entries, next: order.turns.find(({ entry }) => entry.id !== stage.lifter)?.entry.id ?? null };
}

/** The event that most of an entry's lifts count for. */
function mainEvent(entry: MeetEntry): string {
  return eventsOf(entry).reduce((best, event) => (event.length > best.length ? event : best), "");
}

function totalWords({ meet }: MeetTree, entry: MeetEntry): string {
  const event = mainEvent(entry);
  const kg = totalKg(entry, event) > 0 ? countedTotalKg(meet, entry, event) : subtotalKg(entry, event);
  return kg > 0 ? showWeight(kg, meet.inKg !== false) : "";
}

/** Places in everybody's main event and first division. */
function placesIn(tree: MeetTree): ReadonlyMap<number, PlaceWord> {
  const places = new Map<number, PlaceWord>();
  for (const { category, placed } of results(tree)) {
    for (const { entry, place } of placed) {
      const own = category.event === mainEvent(entry) && category.division === (entry.divisions?.[0] ?? "");
      if (own) places.set(entry.id, place);
    }
  }
  return places;
}

/** Whether an entry can have no total any more. */
function isOut(entry: MeetEntry): boolean {
  return liftsOf(mainEvent(entry)).some((lift) => bombedOut(entry, lift));
}

function placeWord(entry: MeetEntry, place: PlaceWord | undefined): string {
  if (isOut(entry)) return "DQ";
  // Results have no place for who has no total yet either.
  return place === undefined || place === "NS" || place === "DQ" ? "" : String(place);
}
