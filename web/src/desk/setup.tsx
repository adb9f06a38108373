/** The meet itself: what it is called, how it is divided and counted, what is on the bar. Each field is set by itself. */
import { FORMULA_NAMES, barKgOf, isDate, readNumber, readWeight, showWeight, unitOf } from "../meet/index.ts";
import type { MeetLeaves, MeetValue } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { split } from "./entry-form.tsx";
import { Check, Choice, Field } from "./field.tsx";
import { liftName } from "./group-bar.tsx";
import { meetPath } from "./paths.ts";
import { Plates } from "./plates.tsx";
import { LIFTS } from "../meet/index.ts";

const TEXTS = [["name", "Name"], ["federation", "Federation"], ["country", "Country"], ["state", "State"], ["city", "Town"]] as const;
const CLASSES = [["weightClassesKgWomen", "Women"], ["weightClassesKgMen", "Men"], ["weightClassesKgMx", "Mx"]] as const;
const FLAGS = [
  ["combineSleevesAndWraps", "Place sleeves and wraps together"],
  ["combineSingleAndMulti", "Place single- and multi-ply together"],
  ["allow4thAttempts", "Fourth attempts, outside the total"],
  ["roundTotalsDown", "Round totals down to 2.5 kg"],
  ["showAlternateUnits", "Show the other unit too"],
] as const;

/** The part of the desk. */
export function Setup() {
  const { tree: { meet }, inKg, change } = useDesk();
  const set = (leaf: keyof MeetLeaves, value: MeetValue) => change([[meetPath(leaf), value]]);
  const unit = unitOf(inKg);
  return (
    <div class="setup">
      <section class="card form" aria-labelledby="about">
        <h2 id="about">About</h2>
        <div class="columns">
          {TEXTS.map(([leaf, label]) => <Field key={leaf} label={label} value={meet[leaf] ?? ""} commit={(text) => set(leaf, text.trim())} />)}
          <Field label="Date" placeholder="YYYY-MM-DD" value={meet.date ?? ""} commit={(text) => (isDate(text.trim()) ? set("date", text.trim()) : "As in 2026-11-21, please")} />
          <Field label="Days" mode="numeric" value={String(meet.lengthDays ?? 1)} commit={(text) => days(text, set)} />
          <Field label="Platforms on each day" value={(meet.platformsOnDays ?? [1]).join(", ")} commit={(text) => numbers(text, (list) => set("platformsOnDays", list))} />
        </div>
      </section>
      <section class="card form" aria-labelledby="counting">
        <h2 id="counting">Counting</h2>
        <div class="columns">
          <Choice label="Weights in" value={inKg ? "kg" : "lb"} options={[["kg", "Kilograms"], ["lb", "Pounds"]]} onChoose={(value) => set("inKg", value === "kg")} />
          <Choice label="Points" value={meet.formula ?? ""} options={FORMULA_NAMES.map((name) => [name, name] as const)} onChoose={(value) => set("formula", value)} />
          <Choice label="Age coefficients" value={meet.ageCoefficients ?? "None"} options={[["None", "None"], ["FosterMcCulloch", "Foster and McCulloch"]]} onChoose={(value) => set("ageCoefficients", value)} />
        </div>
        {meet.formula && !FORMULA_NAMES.includes(meet.formula) && <p class="short">This desk does not know the formula {meet.formula}, and shows no points.</p>}
        <div class="checks">{FLAGS.map(([leaf, label]) => <Check key={leaf} label={label} value={meet[leaf] === true} onChange={(on) => set(leaf, on)} />)}</div>
      </section>
      <section class="card form" aria-labelledby="classes">
        <h2 id="classes">Divisions and weight classes</h2>
        <Field label="Divisions, by commas" width="long" value={(meet.divisions ?? []).join(", ")} commit={(text) => set("divisions", split(text))} />
        {CLASSES.map(([leaf, label]) => (
          <Field key={leaf} width="long" label={`${label}: upper limits in kg, by commas`} value={(meet[leaf] ?? []).join(", ")}
            commit={(text) => numbers(text, (list) => set(leaf, list.toSorted((a, b) => a - b)))} />
        ))}
      </section>
      <section class="card form" aria-labelledby="loading">
        <h2 id="loading">Bar and plates</h2>
        <div class="columns">
          {LIFTS.map((lift) => (
            <Field key={lift} label={`${liftName(lift)}: bar and collars, ${unit}`} mode="decimal" value={showWeight(barKgOf(meet, lift), inKg)}
              commit={(text) => {
                const kg = readWeight(text, inKg);
                return kg === null || kg < 0 ? "A weight, please" : set(`${lift}BarAndCollarsWeightKg`, kg);
              }} />
          ))}
        </div>
        <Plates />
      </section>
    </div>
  );
}

function days(text: string, set: (leaf: keyof MeetLeaves, value: MeetValue) => string | null): string | null {
  const value = readNumber(text);
  return value === null || !Number.isSafeInteger(value) || value < 1 || value > 30 ? "From 1 to 30, please" : set("lengthDays", value);
}

function numbers(text: string, set: (list: readonly number[]) => string | null): string | null {
  const list = split(text).map(readNumber);
  return list.some((one) => one === null || one <= 0) ? "Numbers, please, with a point for decimals" : set(list as readonly number[]);
}
