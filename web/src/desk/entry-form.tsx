/** All that can be set of an entry. Each field is set by itself, when it is left, so that two desks can edit one entry. */
import { EQUIPMENT, EVENTS, FLIGHTS, SEXES, isDate, readNumber } from "../meet/index.ts";
import type { EntryLeaves, MeetEntry, MeetValue } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { Check, Choice, Field } from "./field.tsx";
import { leafPath } from "./paths.ts";

/** Leaves that are texts, with their labels. */
const TEXTS = [
  ["team", "Team"], ["country", "Country"], ["state", "State"], ["intendedWeightClassKg", "Intended class"], ["memberId", "Member number"],
  ["instagram", "Instagram"], ["email", "E-mail"], ["squatRackInfo", "Squat rack"], ["benchRackInfo", "Bench rack"], ["notes", "Notes"],
] as const;

/** The form. */
export function EntryForm({ entry, onClose }: { readonly entry: MeetEntry; readonly onClose: () => void }) {
  const { tree, change, locked } = useDesk();
  const set = (leaf: keyof EntryLeaves, value: MeetValue) => change([[leafPath(entry.id, leaf), value]]);
  const whole = (leaf: "day" | "platform" | "lot" | "age") => (text: string) => {
    const value = text.trim() === "" ? 0 : readNumber(text);
    return value === null || !Number.isSafeInteger(value) || value < 0 ? "A whole number, please" : set(leaf, value);
  };
  const list = (leaf: "divisions", text: string) => set(leaf, split(text));
  const plain = (list: readonly string[]) => list.map((one) => [one, one] as const);
  const events = entry.events ?? [];
  return (
    <section class="card form side" aria-label={`Entry ${entry.name || entry.id}`}>
      <div class="heading"><h2>{entry.name || `Entry ${entry.id}`}</h2><button type="button" class="icon close" aria-label="Close" onClick={onClose} /></div>
      <div class="columns">
        <Field label="Name" value={entry.name ?? ""} commit={(text) => (text.trim() === "" ? "A name, please" : set("name", text.trim()))} />
        <Choice label="Sex" value={entry.sex ?? ""} options={plain(SEXES)} onChoose={(value) => set("sex", value)} />
        <Field label="Date of birth" placeholder="YYYY-MM-DD" value={entry.birthDate ?? ""}
          commit={(text) => (text.trim() === "" || isDate(text.trim()) ? set("birthDate", text.trim()) : "As in 1999-12-31, please")} />
        <Field label="Age, if no date is known" mode="numeric" value={entry.age ? String(entry.age) : ""} commit={whole("age")} />
        <Choice label="Equipment" value={entry.equipment ?? ""} options={plain(EQUIPMENT)} onChoose={(value) => set("equipment", value)} />
        <Field label="Divisions" list="divisions" value={(entry.divisions ?? []).join(", ")} commit={(text) => list("divisions", text)} />
        <Field label="Day" mode="numeric" value={String(entry.day ?? 1)} commit={whole("day")} />
        <Field label="Platform" mode="numeric" value={String(entry.platform ?? 1)} commit={whole("platform")} />
        <Choice label="Flight" value={entry.flight ?? "A"} options={plain(FLIGHTS)} onChoose={(value) => set("flight", value)} />
        <Field label="Lot" mode="numeric" value={entry.lot ? String(entry.lot) : ""} commit={whole("lot")} />
        {TEXTS.map(([leaf, label]) => <Field key={leaf} label={label} value={entry[leaf] ?? ""} commit={(text) => set(leaf, text.trim())} />)}
      </div>
      <fieldset>
        <legend>Events</legend>
        <div class="checks">
          {EVENTS.map((event) => (
            <Check key={event} label={event} value={events.includes(event)}
              onChange={(on) => set("events", EVENTS.filter((one) => (one === event ? on : events.includes(one))))} />
          ))}
        </div>
      </fieldset>
      <div class="checks">
        <Check label="Guest" value={entry.guest === true} onChange={(on) => set("guest", on)} />
        <Check label="Paid" value={entry.paid === true} onChange={(on) => set("paid", on)} />
      </div>
      <datalist id="divisions">{(tree.meet.divisions ?? []).map((one) => <option key={one} value={one} />)}</datalist>
      <button type="button" class="danger" disabled={locked !== null} onClick={() => {
        if (set("deleted", true) === null) onClose();
      }}>Delete this entry</button>
    </section>
  );
}

/** "Open, Masters" as a list. */
export function split(text: string): readonly string[] {
  return [...new Set(text.split(",").map((one) => one.trim()).filter((one) => one !== ""))];
}
