/** Chooses a day, a platform, a flight and a lift. What has no choice is not shown. */
import { LIFT_NAMES } from "../meet/index.ts";
import type { Group, Lift } from "../meet/index.ts";
import type { Choices } from "./group.ts";

/** The name of a lift for people. */
export function liftName(lift: Lift): string {
  return LIFT_NAMES[lift];
}

/** The bar. Without `lifts` the lift is not asked for. */
export function GroupBar({ group, choices, choose, lifts = true }: {
  readonly group: Group;
  readonly choices: Choices;
  readonly choose: (changed: Partial<Group>) => void;
  readonly lifts?: boolean;
}) {
  return (
    <div class="groupbar">
      {choices.days.length > 1 && <Switch label="Day" words={(day) => `Day ${day}`} all={choices.days} value={group.day} onChoose={(day) => choose({ day })} />}
      {choices.platforms.length > 1 && <Switch label="Platform" words={(one) => `Platform ${one}`} all={choices.platforms} value={group.platform} onChoose={(platform) => choose({ platform })} />}
      <Switch label="Flight" words={(flight) => `Flight ${flight}`} all={choices.flights} value={group.flight} onChoose={(flight) => choose({ flight })} />
      {lifts && <Switch label="Lift" words={liftName} all={choices.lifts} value={group.lift} onChoose={(lift) => choose({ lift })} />}
    </div>
  );
}

function Switch<T extends string | number>({ label, words, all, value, onChoose }: {
  readonly label: string;
  readonly words: (one: T) => string;
  readonly all: readonly T[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}) {
  return (
    <div class="switch" role="group" aria-label={label}>
      {all.map((one) => <button key={one} type="button" aria-pressed={one === value} onClick={() => onChoose(one)}>{words(one)}</button>)}
    </div>
  );
}
