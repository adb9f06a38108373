/** The pages: the meet, registration, weigh-in, and lifting, with as much on them as has to go wrong somewhere. */

import { useEffect, useRef } from "react";
import { useDispatch, useSelector } from "react-redux";
import { AttemptInput, ValidatedInput, WeightInput } from "./boxes.js";
import { FIELDS, type Entry, type State } from "./state.js";

export function MeetPage() {
  const dispatch = useDispatch();
  const meet = useSelector((state: State) => state.meet);
  const bar = meet.squatBarAndCollarsWeightKg;
  return (
    <>
      <h2>{meet.name || "A meet"}</h2>
      <p>Name <ValidatedInput label="meet name" initialValue={meet.name} onSuccess={(name) => dispatch({ type: "SET_MEET_NAME", name })} /></p>
      <p>Bar <ValidatedInput label="bar" initialValue={String(bar)} onSuccess={(text) => dispatch({ type: "UPDATE_MEET", changes: { squatBarAndCollarsWeightKg: Number(text) } })} /></p>
    </>
  );
}

export function RegistrationPage() {
  const dispatch = useDispatch();
  const { entries } = useSelector((state: State) => state.registration);
  const update = (entryId: number, changes: Partial<Entry>): void => void dispatch({ type: "UPDATE_REGISTRATION", entryId, changes });
  return (
    <>
      <button onClick={() => dispatch({ type: "NEW_REGISTRATION", overwriteDefaults: {} })}>New lifter</button>
      <ol>
        {entries.map((entry) => (
          <li key={entry.id}>
            <input aria-label={`name ${entry.id}`} value={entry.name} onChange={(event) => update(entry.id, { name: event.currentTarget.value })} />
            <button onClick={() => dispatch({ type: "DELETE_REGISTRATION", entryId: entry.id })}>Delete {entry.id}</button>
          </li>
        ))}
      </ol>
    </>
  );
}

export function WeighinPage() {
  const dispatch = useDispatch();
  const { entries } = useSelector((state: State) => state.registration);
  return (
    <table>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <td>{entry.name}</td>
            <td><WeightInput id={entry.id} field="bodyweightKg" /></td>
            <td>
              <ValidatedInput label={`age ${entry.id}`} initialValue={entry.age === 0 ? "" : String(entry.age)} onSuccess={(text) => dispatch({ type: "UPDATE_REGISTRATION", entryId: entry.id, changes: { age: Number(text) } })} />
            </td>
            <td>
              <ValidatedInput label={`rack ${entry.id}`} initialValue={entry.squatRackInfo} onSuccess={(squatRackInfo) => dispatch({ type: "UPDATE_REGISTRATION", entryId: entry.id, changes: { squatRackInfo } })} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The lowest attempt with somebody waiting, and who of them has the lightest bar. */
function turn(entries: Entry[], { lift, overrideAttempt, overrideEntryId }: State["lifting"]): { attempt: number; lifter: Entry | undefined } {
  const kg = (entry: Entry, at: number): number => (entry[`${FIELDS[lift]}Kg`] as number[])[at]!;
  const open = (entry: Entry, at: number): boolean => kg(entry, at) !== 0 && (entry[`${FIELDS[lift]}Status`] as number[])[at] === 0;
  const attempt = overrideAttempt ?? [0, 1, 2].find((at) => entries.some((entry) => open(entry, at)))! + 1;
  const waiting = entries.filter((entry) => open(entry, attempt - 1)).sort((one, other) => kg(one, attempt - 1) - kg(other, attempt - 1));
  return { attempt, lifter: entries.find(({ id }) => id === overrideEntryId) ?? waiting[0] };
}

export function LiftingPage() {
  const dispatch = useDispatch();
  const lifting = useSelector((state: State) => state.lifting);
  const { entries } = useSelector((state: State) => state.registration);
  const group = entries.filter(({ day, platform, flight }) => day === lifting.day && platform === lifting.platform && flight === lifting.flight);
  const { attempt, lifter } = turn(group, lifting);
  const marked = useRef<string | null>(null);
  useEffect(() => {
    if (marked.current !== null) {
      document.getElementById(marked.current)?.focus();
      marked.current = null;
    }
  });
  const mark = (success: boolean): void => {
    if (lifter !== undefined) {
      marked.current = `${lifter.id}-${attempt + 1}`;
      dispatch({ type: "MARK_LIFT", entryId: lifter.id, lift: lifting.lift, attemptOneIndexed: attempt, success });
    }
  };
  // What is being typed has to be in before an attempt is marked.
  const commit = (): void => (document.activeElement as HTMLElement | null)?.blur();
  return (
    <>
      <h2>{lifter?.name ?? "Flight complete"}</h2>
      <table>
        <tbody>
          {group.map((entry) => (
            <tr key={entry.id}>
              <td>{entry.name}</td>
              {[1, 2, 3].map((number) => (
                <td key={`${lifting.lift}${number}`}>
                  <AttemptInput id={`${entry.id}-${number}`} entry={entry} lift={lifting.lift} attemptOneIndexed={number} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <select aria-label="lift" value={lifting.lift} onChange={(event) => dispatch({ type: "SET_LIFTING_GROUP", changes: { lift: event.currentTarget.value } })}>
        {Object.keys(FIELDS).map((lift) => <option key={lift}>{lift}</option>)}
      </select>
      <button onMouseEnter={commit} onClick={() => mark(false)}>No lift</button>
      <button onMouseEnter={commit} onClick={() => mark(true)}>Good lift</button>
    </>
  );
}
