/** Words that every view uses: places, classes, where somebody comes from. Missing values are empty texts. */
import { classOfEntry, showClass } from "../../meet/classes.ts";
import { eventsOf, LETTERS } from "../../meet/types.ts";
import type { Lift, MeetEntry, MeetLeaves } from "../../meet/types.ts";
import { showWeight, unitOf } from "../../meet/units.ts";

const SEX_NAMES: Readonly<Record<string, string>> = { F: "Women", M: "Men" };

/** A weight and its unit, and the other unit's where the meet wants both. */
export interface WeightWords {
  readonly text: string;
  readonly unit: string;
  /** Like `226 lb`; `null` where the meet does not want it. */
  readonly other: string | null;
}

/** A weight in the meet's unit. */
export function weightOf(kg: number, meet: MeetLeaves): WeightWords {
  const inKg = meet.inKg !== false;
  const other = meet.showAlternateUnits === true ? `${whole(kg, !inKg)} ${unitOf(!inKg)}` : null;
  return { text: showWeight(kg, inKg), unit: unitOf(inKg), other };
}

/** A name; a number where there is none, so that nobody on the platform is nameless. */
export function nameOf(entry: MeetEntry): string {
  return entry.name?.trim() || (entry.lot ? `Lot ${entry.lot}` : `No. ${entry.id}`);
}

/** Team, or else state and country. */
export function originOf({ team, state, country }: MeetEntry): string {
  const places = [state, country].map((part) => part?.trim()).filter((part) => part);
  return team?.trim() || places.join(", ");
}

/** Sex and class, like `Women 63 kg`. */
export function classWords(meet: MeetLeaves, entry: MeetEntry): string {
  const inKg = meet.inKg !== false;
  const known = classOfEntry(meet, entry) || (entry.intendedWeightClassKg?.trim() ?? "");
  const shown = showClass(known, inKg);
  return [SEX_NAMES[entry.sex ?? ""] ?? "", shown === "" ? "" : `${shown} ${unitOf(inKg)}`].filter((part) => part !== "").join(" ");
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(place: number): string {
  const teens = place % 100 >= 11 && place % 100 <= 13;
  return `${place}${teens ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th")}`;
}

/** The event that an attempt counts for: of those with this lift, the one with the most lifts. */
export function eventFor(entry: MeetEntry, lift: Lift): string | null {
  const events = eventsOf(entry).filter((event) => event.includes(LETTERS[lift]));
  return events.reduce<string | null>((best, event) => (best === null || event.length > best.length ? event : best), null);
}

function whole(kg: number, inKg: boolean): string {
  return String(Math.round(Number(showWeight(kg, inKg))));
}
