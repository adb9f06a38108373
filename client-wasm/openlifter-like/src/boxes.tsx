/**
 * Text boxes that copy their value once, when they appear, and write the copy back when the focus leaves them: that of an
 * attempt always, the others where it differs from what there is by then.
 */

import { useState, type KeyboardEvent } from "react";
import { useDispatch, useSelector } from "react-redux";
import { FIELDS, LB, type Entry, type State } from "./state.js";

function shown(kg: number, inKg: boolean): string {
  return kg === 0 ? "" : String(Math.round((inKg ? kg : kg * LB) * 100) / 100);
}

function entered(text: string, inKg: boolean): number {
  const number = Number(text.replace(",", "."));
  return inKg ? number : number / LB;
}

const leaveOnEnter = (event: KeyboardEvent<HTMLInputElement>): void => {
  if (event.key === "Enter") {
    event.currentTarget.blur();
  }
};

export function AttemptInput({ entry, lift, attemptOneIndexed, id }: { entry: Entry; lift: "S" | "B" | "D"; attemptOneIndexed: number; id: string }) {
  const dispatch = useDispatch();
  const inKg = useSelector((state: State) => state.meet.inKg);
  const now = (entry[`${FIELDS[lift]}Kg`] as number[])[attemptOneIndexed - 1]!;
  const [value, setValue] = useState(() => shown(now, inKg));
  const [lastGood, setLastGood] = useState(value);
  const leave = (): void => {
    if (Number.isNaN(entered(value, inKg))) {
      setValue(lastGood);
      return;
    }
    dispatch({ type: "ENTER_ATTEMPT", entryId: entry.id, lift, attemptOneIndexed, weightKg: entered(value, inKg) });
    setLastGood(value);
  };
  return <input id={id} aria-label={`${entry.name} ${lift}${attemptOneIndexed}`} value={value} onChange={(event) => setValue(event.currentTarget.value)} onBlur={leave} onKeyDown={leaveOnEnter} />;
}

export function WeightInput({ id, field }: { id: number; field: "bodyweightKg" }) {
  const dispatch = useDispatch();
  const inKg = useSelector((state: State) => state.meet.inKg);
  const weightKg = useSelector(({ registration }: State) => registration.entries[registration.lookup[id]!]![field]);
  const [value, setValue] = useState(() => shown(weightKg, inKg));
  const leave = (): void => {
    const next = entered(value, inKg);
    if (!Number.isNaN(next) && next !== weightKg) {
      dispatch({ type: "UPDATE_REGISTRATION", entryId: id, changes: { [field]: next } });
    }
  };
  return <input aria-label={`weight ${id}`} value={value} onChange={(event) => setValue(event.currentTarget.value)} onBlur={leave} onKeyDown={leaveOnEnter} />;
}

/** A box that knows nothing of what it is for. */
export function ValidatedInput({ label, initialValue, onSuccess }: { label: string; initialValue: string; onSuccess: (value: string) => void }) {
  const [value, setValue] = useState(initialValue);
  const leave = (): void => {
    if (value !== initialValue) {
      onSuccess(value);
    }
  };
  return <input aria-label={label} value={value} onChange={(event) => setValue(event.currentTarget.value)} onBlur={leave} onKeyDown={leaveOnEnter} />;
}
