/** Which group this desk is lifting: chosen by people, kept for this page, and what the meet has to choose from. */
import { useState } from "preact/hooks";

import { FLIGHTS, LIFTS, doesLift } from "../meet/index.ts";
import type { Group, Lift, MeetTree } from "../meet/index.ts";

const KEY = "scorelay-desk-group";

/** What there is to choose from. What is chosen is always among it. */
export interface Choices {
  readonly days: readonly number[];
  readonly platforms: readonly number[];
  readonly flights: readonly string[];
  readonly lifts: readonly Lift[];
}

/** The choices of a meet, with what is chosen now. */
export function choicesOf(tree: MeetTree, chosen: Group): Choices {
  const days = upTo(Math.max(tree.meet.lengthDays ?? 1, ...tree.entries.map(({ day }) => day ?? 1), chosen.day));
  const platforms = upTo(Math.max(tree.meet.platformsOnDays?.[chosen.day - 1] ?? 1,
    ...tree.entries.filter(({ day }) => (day ?? 1) === chosen.day).map(({ platform }) => platform ?? 1), chosen.platform));
  const here = tree.entries.filter(({ day, platform }) => (day ?? 1) === chosen.day && (platform ?? 1) === chosen.platform);
  const flights = new Set([...here.map(({ flight }) => flight ?? "A"), chosen.flight]);
  const lifts = LIFTS.filter((lift) => lift === chosen.lift || here.some((entry) => doesLift(entry, lift)));
  return { days, platforms, flights: FLIGHTS.filter((flight) => flights.has(flight)), lifts };
}

/** The group chosen, and a way to choose another. */
export function useGroup(): readonly [Group, (changed: Partial<Group>) => void] {
  const [group, setGroup] = useState<Group>(read);
  const choose = (changed: Partial<Group>) => {
    const next = { ...group, ...changed };
    setGroup(next);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // A browser that keeps nothing asks again after a reload.
    }
  };
  return [group, choose];
}

function read(): Group {
  const first: Group = { day: 1, platform: 1, flight: "A", lift: "squat" };
  try {
    const { day, platform, flight, lift } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Record<keyof Group, unknown>>;
    const known = LIFTS.find((one) => one === lift);
    if (Number.isSafeInteger(day) && Number.isSafeInteger(platform) && typeof flight === "string" && known !== undefined) {
      return { day: day as number, platform: platform as number, flight, lift: known };
    }
  } catch {
    // Whatever stands there is not a group.
  }
  return first;
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}
