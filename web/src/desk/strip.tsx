/** The strip: who is on the platform, what is on the bar, who is next, and the large buttons. */
import {
  attemptOf, classOfEntry, eventsOf, ifGood, loadingOf, placeIn, showClass, showWeight, standings, subtotalKg, totalKg, unitOf, weightWords,
} from "../meet/index.ts";
import type { CategoryResult, Group, MeetEntry, MeetTree, Turn } from "../meet/index.ts";
import { Bar, loadingWords } from "./bar.tsx";
import { useDesk } from "./desk-context.ts";
import { liftName } from "./group-bar.tsx";

/** What the strip shows and does. */
export interface StripProps {
  readonly group: Group;
  readonly turn: Turn | null;
  readonly next: readonly Turn[];
  readonly standing: readonly CategoryResult[];
  readonly onMark: (result: "good" | "no-lift" | "open") => void;
  readonly onUndo: () => void;
  /** Back to the order, where somebody was put on the platform out of it. */
  readonly onBack: (() => void) | null;
}

/** The strip. */
export function Strip({ group, turn, next, standing, onMark, onUndo, onBack }: StripProps) {
  const { tree, inKg, locked } = useDesk();
  const { lift } = group;
  const fixed = locked !== null;
  if (turn === null) {
    return (
      <section class="strip idle" aria-label="On the platform">
        <p>{fixed ? locked : `Nobody’s attempt is due in flight ${group.flight}. Declare a weight below, or go on to another lift or flight.`}</p>
        <button type="button" disabled={fixed} onClick={onUndo}>Undo <kbd>U</kbd></button>
      </section>
    );
  }
  const { entry, attempt } = turn;
  const { kg, result } = attemptOf(entry, lift, attempt);
  const loading = loadingOf(kg, tree.meet, lift);
  const rack = lift === "squat" ? entry.squatRackInfo : lift === "bench" ? entry.benchRackInfo : null;
  return (
    <section class="strip" aria-label="On the platform">
      <div class="who">
        <p class="what">{liftName(lift)} {attempt}{rack ? ` · rack ${rack}` : ""}{onBack === null ? "" : " · out of order"}</p>
        <h2>{entry.name || `Entry ${entry.id}`}</h2>
        <p class="soft">{about(tree, entry, inKg)}</p>
        <p class="chance">{kg === 0 ? "No weight declared yet." : chance(tree, turn, lift, inKg, standing)}</p>
      </div>
      <div class="load">
        <p class="weight"><strong>{showWeight(kg, inKg)}</strong> {unitOf(inKg)}{tree.meet.showAlternateUnits === true && <small> {showWeight(kg, !inKg)} {unitOf(!inKg)}</small>}</p>
        {kg > 0 && <Bar loading={loading} inKg={inKg} />}
        {kg > 0 && <p class={loading.missingKg === 0 ? "soft" : "short"}>{loadingWords(loading, inKg)}</p>}
      </div>
      <div class="marks">
        <button type="button" class="good" disabled={kg === 0 || fixed} aria-pressed={result === "good"} onClick={() => onMark("good")}>Good lift <kbd>G</kbd></button>
        <button type="button" class="none" disabled={kg === 0 || fixed} aria-pressed={result === "no-lift"} onClick={() => onMark("no-lift")}>No lift <kbd>X</kbd></button>
        {result !== "open" && <button type="button" disabled={fixed} onClick={() => onMark("open")}>Open again <kbd>O</kbd></button>}
        <button type="button" disabled={fixed} onClick={onUndo}>Undo <kbd>U</kbd></button>
        {onBack !== null && <button type="button" onClick={onBack}>Back to the order <kbd>Esc</kbd></button>}
      </div>
      <ol class="upnext" aria-label="Next">
        {next.map(({ entry: one, attempt: at }) => (
          <li key={`${one.id} ${at}`}><span>{one.name || `Entry ${one.id}`}</span> <span class="soft">{at}</span> <strong>{showWeight(attemptOf(one, lift, at).kg, inKg)}</strong></li>
        ))}
      </ol>
    </section>
  );
}

function about(tree: MeetTree, entry: MeetEntry, inKg: boolean): string {
  const bodyweight = entry.bodyweightKg ? weightWords(entry.bodyweightKg, inKg) : "";
  const weightClass = showClass(classOfEntry(tree.meet, entry), inKg);
  return [entry.team, entry.country, bodyweight, weightClass === "" ? "" : `class ${weightClass}`, entry.lot ? `lot ${entry.lot}` : ""].filter(Boolean).join(" · ");
}

/** What a good lift would bring: the total, and the place if there is one. */
function chance(tree: MeetTree, { entry, attempt }: Turn, lift: Group["lift"], inKg: boolean, standing: readonly CategoryResult[]): string {
  const event = eventsOf(entry)[0] ?? "SBD";
  const made = ifGood(entry, lift, attempt);
  const total = totalKg(made, event);
  const now = placeIn(standing, entry);
  const then = placeIn(standings({ ...tree, entries: tree.entries.map((one) => (one.id === entry.id ? made : one)) }), entry);
  const sum = total === 0 ? `subtotal ${weightWords(subtotalKg(made, event), inKg)}` : `total ${weightWords(total, inKg)}`;
  const place = typeof then !== "number" ? "" : typeof now === "number" && now !== then ? `, place ${then} instead of ${now}` : `, place ${then}`;
  return `If good: ${sum}${place}`;
}
