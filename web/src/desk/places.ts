/** Places as the desk shows them: none yet, not a letter, where somebody has lifted nothing and still may. */
import { mayTotal } from "../meet/index.ts";
import type { CategoryResult, MeetEntry, Placed } from "../meet/index.ts";

/** A row with the event of its category. */
export type Standing = Placed & { readonly event: string };

/** The first row of an entry, if it has one. */
export function placedIn(all: readonly CategoryResult[], entry: MeetEntry): Standing | null {
  for (const { category, placed } of all) {
    const row = placed.find((one) => one.entry.id === entry.id);
    if (row !== undefined) return { ...row, event: category.event };
  }
  return null;
}

/** The place, a letter, or nothing. */
export function placeWords(row: Standing | null): string {
  if (row === null || (row.totalKg === 0 && mayTotal(row.entry, row.event))) return "";
  return String(row.place);
}
