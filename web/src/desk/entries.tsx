/** Entries: who lifts at the meet. Adding, editing in place, deleting, and restoring what was deleted. */
import { useMemo, useState } from "preact/hooks";

import { ageOf } from "../meet/index.ts";
import type { MeetEntry } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { EntryForm } from "./entry-form.tsx";
import { NewEntryForm } from "./new-entry.tsx";
import { leafPath } from "./paths.ts";

/** The part of the desk. */
export function Entries() {
  const { meet, tree, change, locked } = useDesk();
  const [sought, setSought] = useState("");
  const [open, setOpen] = useState<number | "new" | null>(null);
  const words = sought.trim().toLowerCase();
  const shown = useMemo(() => tree.entries.filter((entry) => words === "" || textOf(entry).includes(words)), [tree.entries, words]);
  const edited = tree.entries.find(({ id }) => id === open);
  return (
    <div class={`entries ${edited !== undefined || open === "new" ? "open" : ""}`}>
      <section class="listing">
        <div class="bars">
          <label class="field"><span class="spoken">Search entries</span>
            <input type="search" placeholder="Name, team, division…" value={sought} onInput={(event) => setSought(event.currentTarget.value)} />
          </label>
          <p class="soft">{shown.length === tree.entries.length ? `${tree.entries.length} entries` : `${shown.length} of ${tree.entries.length} entries`}</p>
          <button type="button" class="main" disabled={meet.block === null || locked !== null} onClick={() => setOpen("new")}>Add an entry</button>
        </div>
        {tree.entries.length === 0 ? <p class="empty">Nobody is entered yet.</p> : (
          <div class="wide" tabIndex={0} role="region" aria-label="Entries">
            <table>
              <thead>
                <tr><th scope="col">Name</th><th scope="col">Sex</th><th scope="col">Age</th><th scope="col">Division</th><th scope="col">Event</th>
                  <th scope="col">Equipment</th><th scope="col">Team</th><th scope="col">Where</th></tr>
              </thead>
              <tbody>
                {shown.map((entry) => (
                  <tr key={entry.id} data-entry={entry.id} class={open === entry.id ? "now" : ""}>
                    <th scope="row"><button type="button" class="plain" onClick={() => setOpen(entry.id)}>{entry.name || `Entry ${entry.id}`}</button></th>
                    <td>{entry.sex ?? ""}</td>
                    <td>{ageOf(tree.meet, entry) ?? ""}</td>
                    <td>{(entry.divisions ?? []).join(", ")}</td>
                    <td>{(entry.events ?? []).join(", ")}</td>
                    <td>{entry.equipment ?? ""}</td>
                    <td>{entry.team ?? ""}</td>
                    <td>{where(entry)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {tree.deleted.length > 0 && (
          <details class="card">
            <summary>{tree.deleted.length} deleted</summary>
            <ul class="list">
              {tree.deleted.map((entry) => (
                <li key={entry.id}>
                  <span>{entry.name || `Entry ${entry.id}`}</span>
                  <button type="button" disabled={locked !== null} onClick={() => change([[leafPath(entry.id, "deleted"), false]])} aria-label={`Restore ${entry.name || entry.id}`}>Restore</button>
                </li>
              ))}
            </ul>
          </details>
        )}
      </section>
      {open === "new" && locked === null && <NewEntryForm onDone={setOpen} />}
      {edited !== undefined && <EntryForm key={edited.id} entry={edited} onClose={() => setOpen(null)} />}
    </div>
  );
}

function textOf(entry: MeetEntry): string {
  return [entry.name, entry.team, entry.country, entry.equipment, ...(entry.divisions ?? []), ...(entry.events ?? [])].join(" ").toLowerCase();
}

function where({ day, platform, flight }: MeetEntry): string {
  const parts = [(day ?? 1) > 1 ? `day ${day}` : "", (platform ?? 1) > 1 ? `platform ${platform}` : "", flight ?? "A"];
  return parts.filter((part) => part !== "").join(" · ");
}
