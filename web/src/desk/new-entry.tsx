/** A new entry: what has to be known of somebody to put them into a flight. All else is added where they are edited. */
import { useRef } from "preact/hooks";
import type { JSX } from "preact";

import { EQUIPMENT, EVENTS, FLIGHTS, SEXES, isDate } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { entryPath } from "./paths.ts";
import { errorWords } from "./words.ts";

/** The form. `onDone`: to the entry that was made, to another new one, or away. */
export function NewEntryForm({ onDone }: { readonly onDone: (to: number | "new" | null) => void }) {
  const { meet, tree, change, say } = useDesk();
  const name = useRef<HTMLInputElement>(null);
  const submit = (event: JSX.TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const text = (key: string) => String(data.get(key) ?? "").trim();
    const birthDate = text("birthDate");
    try {
      const id = meet.nextEntry();
      const wrong = change([[entryPath(id), {
        name: text("name"), sex: text("sex"), equipment: text("equipment"), events: [text("event")],
        divisions: text("division") === "" ? [] : [text("division")], team: text("team"),
        ...(isDate(birthDate) ? { birthDate } : {}),
        day: Number(text("day")), platform: Number(text("platform")), flight: text("flight"),
      }]]);
      if (wrong !== null) return;
      say(`${text("name")} is entered.`);
      name.current!.value = "";
      form.querySelector<HTMLInputElement>("[name=birthDate]")!.value = "";
      name.current!.focus();
    } catch (error) {
      say(errorWords(error));
    }
  };
  const divisions = tree.meet.divisions ?? [];
  return (
    <form class="card form side" onSubmit={submit} aria-label="New entry">
      <div class="heading"><h2>New entry</h2><button type="button" class="icon close" aria-label="Close" onClick={() => onDone(null)} /></div>
      <label class="field"><span class="label">Name</span><input ref={name} name="name" required autocomplete="off" autofocus /></label>
      <div class="columns">
        <Select label="Sex" name="sex" options={SEXES} />
        <label class="field"><span class="label">Date of birth</span><input name="birthDate" type="date" /></label>
        <Select label="Equipment" name="equipment" options={EQUIPMENT} chosen="Sleeves" />
        <Select label="Event" name="event" options={EVENTS} />
        {divisions.length > 0
          ? <Select label="Division" name="division" options={divisions} />
          : <label class="field"><span class="label">Division</span><input name="division" autocomplete="off" /></label>}
        <label class="field"><span class="label">Team</span><input name="team" autocomplete="off" /></label>
        <Select label="Day" name="day" options={count(tree.meet.lengthDays ?? 1)} />
        <Select label="Platform" name="platform" options={count(Math.max(1, ...(tree.meet.platformsOnDays ?? [])))} />
        <Select label="Flight" name="flight" options={FLIGHTS} />
      </div>
      <button type="submit" class="main">Add</button>
    </form>
  );
}

function Select({ label, name, options, chosen }: { readonly label: string; readonly name: string; readonly options: readonly string[]; readonly chosen?: string }) {
  return (
    <label class="field"><span class="label">{label}</span>
      <select name={name}>{options.map((one) => <option key={one} selected={one === chosen}>{one}</option>)}</select>
    </label>
  );
}

function count(last: number): readonly string[] {
  return Array.from({ length: last }, (_, at) => String(at + 1));
}
