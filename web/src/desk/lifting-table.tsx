/** The flight in its order: who, the attempts of the lift, the best of the others, and where everybody stands. */
import { LIFTS, attemptOf, bestKg, classOfEntry, eventsOf, readWeight, showClass, showWeight, subtotalKg, totalKg } from "../meet/index.ts";
import type { Attempt, AttemptNumber, CategoryResult, Group, LiftingOrder, MeetEntry, Turn } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { Field } from "./field.tsx";
import { liftName } from "./group-bar.tsx";
import { attemptPath } from "./paths.ts";
import { placeWords, placedIn } from "./places.ts";

/** What the table shows and does. */
export interface LiftingTableProps {
  readonly group: Group;
  readonly order: LiftingOrder;
  readonly attempts: readonly AttemptNumber[];
  readonly turn: Turn | null;
  readonly next: readonly Turn[];
  readonly standing: readonly CategoryResult[];
  readonly onKey: (event: KeyboardEvent) => boolean;
  readonly onPick: (id: number, attempt: AttemptNumber) => void;
}

/** The table. */
export function LiftingTable({ group, order, attempts, turn, next, standing, onKey, onPick }: LiftingTableProps) {
  const { tree, inKg } = useDesk();
  const others = LIFTS.filter((lift) => lift !== group.lift);
  if (order.entries.length === 0) return <p class="empty">Nobody lifts here. Entries say on which day and platform and in which flight they are.</p>;
  return (
    <table class="lifting">
      <thead>
        <tr>
          <th scope="col" class="num">Lot</th>
          <th scope="col">Lifter</th>
          <th scope="col" class="num">Weight</th>
          <th scope="col">Class</th>
          {attempts.map((attempt) => <th scope="col" key={attempt} class="attempt">{liftName(group.lift)} {attempt}</th>)}
          {others.map((lift) => <th scope="col" key={lift} class="num">{liftName(lift)}</th>)}
          <th scope="col" class="num">Total</th>
          <th scope="col" class="num">Place</th>
        </tr>
      </thead>
      <tbody>
        {order.entries.map((entry) => {
          const due = next.findIndex((one) => one.entry.id === entry.id);
          const now = turn?.entry.id === entry.id;
          const event = eventsOf(entry)[0] ?? "SBD";
          const total = totalKg(entry, event) || subtotalKg(entry, event);
          return (
            <tr key={entry.id} class={now ? "now" : due === -1 ? "" : `due-${due + 1}`} data-entry={entry.id} aria-current={now ? "true" : undefined}>
              <td class="num">{entry.lot || ""}</td>
              <th scope="row"><span class="name">{entry.name || `Entry ${entry.id}`}</span>{entry.team ? <span class="soft"> {entry.team}</span> : null}</th>
              <td class="num">{entry.bodyweightKg ? showWeight(entry.bodyweightKg, inKg) : ""}</td>
              <td>{showClass(classOfEntry(tree.meet, entry), inKg)}</td>
              {attempts.map((attempt) => (
                <AttemptCell key={attempt} entry={entry} lift={group.lift} attempt={attempt} now={now && turn?.attempt === attempt} onKey={onKey} onPick={onPick} />
              ))}
              {others.map((lift) => <td key={lift} class="num">{bestKg(entry, lift) === 0 ? "" : showWeight(bestKg(entry, lift), inKg)}</td>)}
              <td class={`num ${totalKg(entry, event) === 0 ? "soft" : "total"}`}>{total === 0 ? "" : showWeight(total, inKg)}</td>
              <td class="num">{placeWords(placedIn(standing, entry))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** By result, the sign that tells it apart without colour. */
const SIGNS = { good: "✓", "no-lift": "✗", open: "" } as const;

interface AttemptCellProps {
  readonly entry: MeetEntry;
  readonly lift: Group["lift"];
  readonly attempt: AttemptNumber;
  readonly now: boolean;
  readonly onKey?: (event: KeyboardEvent) => boolean;
  readonly onPick?: (id: number, attempt: AttemptNumber) => void;
}

/** One attempt: its weight, to be typed in place, and its result. */
export function AttemptCell({ entry, lift, attempt, now, onKey, onPick }: AttemptCellProps) {
  const { meet, inKg, change } = useDesk();
  const { kg, result } = attemptOf(entry, lift, attempt);
  const what = `${entry.name || `Entry ${entry.id}`}, ${liftName(lift).toLowerCase()} ${attempt}`;
  const commit = (text: string) => {
    const typed = text.trim() === "" ? 0 : readWeight(text, inKg);
    if (typed === null || typed < 0) return "A weight, please";
    const path = attemptPath(entry.id, lift, attempt);
    // What came of it may be newer than what is drawn.
    const now = (meet.get(path) ?? { result: "open" }) as Attempt;
    return change([[path, { kg: typed, result: typed === 0 ? "open" : now.result }]]);
  };
  return (
    <td class={`attempt ${kg === 0 ? "empty" : result} ${now ? "now" : ""}`} data-attempt={attempt} data-result={kg === 0 ? "empty" : result}>
      <Field label={what} bare name={`attempt-${entry.id}-${attempt}`} mode="decimal" value={kg === 0 ? "" : showWeight(kg, inKg)} commit={commit}
        {...(onKey === undefined ? {} : { onKey })} />
      {onPick !== undefined && (
        <button type="button" class="sign" tabIndex={result === "open" ? -1 : 0} disabled={kg === 0} aria-label={`${what}: ${WORDS[result]}. Put on the platform.`}
          onClick={() => onPick(entry.id, attempt)}>{SIGNS[result] || "·"}</button>
      )}
    </td>
  );
}

const WORDS = { good: "good lift", "no-lift": "no lift", open: "to be lifted" } as const;
