/**
 * Lifting: who is on the platform and what is on the bar, the flight in its order, and the keys that run it. `g` is a good
 * lift and `x` none, wherever the focus is; `o` opens the attempt again, `u` takes back what was entered last.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { attemptsOf, liftingOrder, standings } from "../meet/index.ts";
import type { Attempt, AttemptNumber, Stage, Turn } from "../meet/index.ts";
import { attemptPath } from "./paths.ts";
import { useDesk } from "./desk-context.ts";
import { Driver } from "./driver-line.tsx";
import { useDriver } from "./driver.ts";
import { GroupBar } from "./group-bar.tsx";
import { choicesOf, useGroup } from "./group.ts";
import { LiftingTable } from "./lifting-table.tsx";
import { Strip } from "./strip.tsx";
import { useKeptFocus } from "./kept-focus.ts";

/** A turn that people put on the platform out of order. */
interface Picked {
  readonly id: number;
  readonly attempt: AttemptNumber;
}

/** The part of the desk. */
export function Lifting() {
  const { meet, tree, change, undo } = useDesk();
  const [group, choose] = useGroup();
  const [picked, setPicked] = useState<Picked | null>(null);
  const table = useRef<HTMLDivElement>(null);
  useKeptFocus(table);
  const attempts = attemptsOf(tree.meet);
  const { lift } = group;
  const order = useMemo(() => liftingOrder(tree.entries, group, attempts), [tree.entries, group, attempts.length]);
  const standing = useMemo(() => standings(tree), [tree]);
  const chosen = picked === null ? undefined : order.entries.find(({ id }) => id === picked.id);
  const turn: Turn | null = chosen !== undefined && picked !== null ? { entry: chosen, attempt: picked.attempt } : order.turns[0] ?? null;
  const next = order.turns.filter(({ entry, attempt }) => entry.id !== turn?.entry.id || attempt !== turn.attempt).slice(0, 3);

  const stage = useMemo<Stage>(() => ({ flight: group.flight, lift, attempt: turn?.attempt ?? null, lifter: turn?.entry.id ?? null }),
    [group.flight, lift, turn?.attempt, turn?.entry.id]);
  const driving = useDriver(group.platform, stage);

  const mark = useCallback((result: "good" | "no-lift" | "open") => {
    if (turn === null) return;
    const path = attemptPath(turn.entry.id, lift, turn.attempt);
    // As it stands now, which may be newer than what is drawn.
    const { kg } = (meet.get(path) ?? { kg: 0 }) as Attempt;
    if (kg === 0 || change([[path, { kg, result }]]) !== null) return;
    if (result === "open") return;
    setPicked(null);
    focusAttempt(table.current, turn.entry.id, (turn.attempt + 1) as AttemptNumber);
  }, [meet, turn?.entry, turn?.attempt, lift, change]);

  const onKey = useCallback((event: KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const act = { g: () => mark("good"), x: () => mark("no-lift"), o: () => mark("open"), u: undo, Escape: () => setPicked(null) }[event.key];
    if (act === undefined) return false;
    if (event.key !== "Escape") event.preventDefault();
    if (!event.repeat) act();
    return true;
  }, [mark, undo]);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (event.target as HTMLElement).closest("input, select, textarea") !== null) return;
      onKey(event);
    };
    document.addEventListener("keydown", keys);
    return () => document.removeEventListener("keydown", keys);
  }, [onKey]);

  return (
    <>
      <div class="bars">
        <GroupBar group={group} choices={choicesOf(tree, group)} choose={(changed) => { setPicked(null); choose(changed); }} />
        <Driver stage={group.platform} driving={driving} />
      </div>
      <Strip group={group} turn={turn} next={next} standing={standing} onMark={mark} onUndo={undo}
        onBack={chosen === undefined ? null : () => setPicked(null)} />
      <div ref={table} class="wide" tabIndex={0} role="region" aria-label="The flight in lifting order">
        <LiftingTable group={group} order={order} attempts={attempts} turn={turn} next={next} standing={standing} onKey={onKey}
          onPick={(id, attempt) => setPicked({ id, attempt })} />
      </div>
    </>
  );
}

/** To where the next weight of who just lifted is typed. */
function focusAttempt(table: HTMLElement | null, id: number, attempt: AttemptNumber): void {
  const input = table?.querySelector<HTMLInputElement>(`input[name="attempt-${id}-${attempt}"]`);
  input?.focus();
  input?.select();
}
