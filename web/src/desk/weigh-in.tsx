/** Weigh-in: body weight, lot, openers and rack heights of a flight, one row for each entry. */
import { useMemo, useRef } from "preact/hooks";

import { LIFTS, classOfEntry, doesLift, readNumber, readWeight, showClass, showWeight } from "../meet/index.ts";
import type { EntryLeaves, MeetEntry } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { Field } from "./field.tsx";
import { GroupBar, liftName } from "./group-bar.tsx";
import { choicesOf, useGroup } from "./group.ts";
import { useKeptFocus } from "./kept-focus.ts";
import { AttemptCell } from "./lifting-table.tsx";
import { drawLots } from "./lots.ts";
import { leafPath } from "./paths.ts";

/** The part of the desk. */
export function WeighIn() {
  const { tree, change, locked } = useDesk();
  const [group, choose] = useGroup();
  const table = useRef<HTMLDivElement>(null);
  useKeptFocus(table);
  const entries = useMemo(() => tree.entries
    .filter(({ day, platform, flight }) => (day ?? 1) === group.day && (platform ?? 1) === group.platform && (flight ?? "A") === group.flight)
    .toSorted((a, b) => (a.name ?? "").localeCompare(b.name ?? "")), [tree.entries, group]);
  const weighed = entries.filter(({ bodyweightKg }) => bodyweightKg).length;
  const without = tree.entries.filter(({ lot }) => !lot);
  return (
    <>
      <div class="bars">
        <GroupBar group={group} choices={choicesOf(tree, group)} choose={choose} lifts={false} />
        <p class="soft">{weighed} of {entries.length} weighed in</p>
        <button type="button" disabled={without.length === 0 || locked !== null}
          onClick={() => change(drawLots(tree.entries).map(([id, lot]) => [leafPath(id, "lot"), lot] as const))}>Draw lots{without.length === 0 ? "" : ` for ${without.length}`}</button>
      </div>
      {entries.length === 0 ? <p class="empty">Nobody is in this flight.</p> : (
        <div ref={table} class="wide" tabIndex={0} role="region" aria-label="Weigh-in">
          <table>
            <thead>
              <tr>
                <th scope="col">Lifter</th><th scope="col">Body weight</th><th scope="col">Class</th><th scope="col">Lot</th>
                {LIFTS.map((lift) => <th key={lift} scope="col" class="attempt">{liftName(lift)} 1</th>)}
                <th scope="col">Squat rack</th><th scope="col">Bench rack</th>
              </tr>
            </thead>
            <tbody>{entries.map((entry) => <Row key={entry.id} entry={entry} />)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ entry }: { readonly entry: MeetEntry }) {
  const { tree, inKg, change } = useDesk();
  const name = entry.name || `Entry ${entry.id}`;
  const set = (leaf: keyof EntryLeaves, value: number | string | null) => change([[leafPath(entry.id, leaf), value]]);
  const weigh = (text: string) => {
    const kg = text.trim() === "" ? 0 : readWeight(text, inKg);
    return kg === null || kg < 0 ? "A weight, please" : set("bodyweightKg", kg);
  };
  const lot = (text: string) => {
    const value = text.trim() === "" ? 0 : readNumber(text);
    return value === null || !Number.isSafeInteger(value) || value < 0 ? "A whole number, please" : set("lot", value);
  };
  const weightClass = showClass(classOfEntry(tree.meet, entry), inKg);
  const other = weightClass !== "" && entry.intendedWeightClassKg ? weightClass !== showClass(entry.intendedWeightClassKg, inKg) : false;
  return (
    <tr data-entry={entry.id}>
      <th scope="row"><span class="name">{name}</span>{entry.team ? <span class="soft"> {entry.team}</span> : null}</th>
      <td><Field bare width="short" mode="decimal" name={`bodyweight-${entry.id}`} label={`Body weight of ${name}`} value={entry.bodyweightKg ? showWeight(entry.bodyweightKg, inKg) : ""} commit={weigh} /></td>
      <td class={other ? "short" : ""} title={other ? `Entered for ${entry.intendedWeightClassKg}` : undefined}>{weightClass}</td>
      <td><Field bare width="short" mode="numeric" label={`Lot of ${name}`} value={entry.lot ? String(entry.lot) : ""} commit={lot} /></td>
      {LIFTS.map((lift) => doesLift(entry, lift) ? <AttemptCell key={lift} entry={entry} lift={lift} attempt={1} now={false} /> : <td key={lift} />)}
      <td>{doesLift(entry, "squat") && <Field bare width="short" label={`Squat rack of ${name}`} value={entry.squatRackInfo ?? ""} commit={(text) => set("squatRackInfo", text.trim())} />}</td>
      <td>{doesLift(entry, "bench") && <Field bare width="short" label={`Bench rack of ${name}`} value={entry.benchRackInfo ?? ""} commit={(text) => set("benchRackInfo", text.trim())} />}</td>
    </tr>
  );
}
