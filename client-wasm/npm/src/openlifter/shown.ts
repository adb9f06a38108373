/**
 * What a text box of the app ought to show. Either the page says which path it is for, or the components around it do:
 * by an entry, a lift and an attempt, by an entry and a field, or by a property that has the very text the box shows.
 */

import type { AttemptNumber } from "../meet-types.js";
import { LIFT_OF_LETTER, type AppEntry, type AppState } from "./app-state.js";
import { isBox, type Box, type Boxes } from "./boxes.js";
import { componentsAround, type Around } from "./fibers.js";
import { attemptOf } from "./mapping.js";

/** How many components around a box are looked at. */
const DEPTH = 10;
const LB = 2.20462262;
/** Properties that are about the box and not about the meet, or are the copy itself. */
const NOT_DATA = new Set(["value", "defaultValue", "placeholder", "className", "id", "label", "type", "name", "title", "lift", "language"]);

type State = Pick<AppState, "meet" | "registration" | "language">;

/** Shows in boxes what changed elsewhere. Made before the state is replaced, run once the page is drawn anew. */
export class Refresh {
  readonly #boxes: Boxes;
  readonly #old: ReadonlyArray<{ box: Box; text: string; bound: ReadonlyArray<Bound> }>;

  constructor(boxes: Boxes, state: State) {
    this.#boxes = boxes;
    this.#old = visibleBoxes().map(([box, around]) => ({ box, text: box.value, bound: bindings(box, around, state) }));
  }

  run(state: State): void {
    const around = new Map(visibleBoxes());
    for (const { box, text, bound } of this.#old) {
      if (!box.isConnected || box.value !== text || this.#boxes.isTyped(box)) {
        continue;
      }
      const now = bindings(box, around.get(box) ?? null, state);
      const changed = bound.find(({ key, texts }) => texts.includes(text) && !now.some((then) => then.key === key && then.texts.includes(text)));
      const to = now.find(({ key }) => key === changed?.key);
      if (changed !== undefined && to !== undefined) {
        this.#boxes.setText(box, to.texts[changed.texts.indexOf(text)]!);
      }
    }
  }
}

/** Shows what the app has in a box that was typed into where the app, after its focus went, put back an older text. */
export function mend(boxes: Boxes, box: Box, typed: string, state: State): void {
  const around = componentsAround([box]).get(box) ?? null;
  const [bound] = bindings(box, around, state).filter(({ sure }) => sure);
  if (box.isConnected && bound !== undefined && box.value !== typed && !bound.texts.includes(box.value)) {
    boxes.setText(box, bound.texts[0]!);
  }
}

/** Something that a box may be showing, and the texts that it may show it by. */
interface Bound {
  readonly key: string;
  readonly texts: ReadonlyArray<string>;
  /** Whether it is known, not guessed. */
  readonly sure: boolean;
}

function visibleBoxes(): Array<[Box, Around | null]> {
  const boxes = [...document.querySelectorAll("input, textarea")].filter(isBox);
  const around = componentsAround(boxes);
  return boxes.map((box) => [box, around.get(box) ?? null]);
}

function bindings(box: Box, around: Around | null, state: State): Bound[] {
  const path = box.closest<HTMLElement>("[data-scorelay-path]")?.dataset["scorelayPath"];
  if (path !== undefined) {
    return sureOf(path, valueAt(path, state), state);
  }
  const guesses: Bound[] = [];
  for (let [level, depth] = [around, 0]; level !== null && depth < DEPTH; [level, depth] = [level.outer, depth + 1]) {
    const named = ofEntry(level.props, state);
    if (named !== null) {
      return sureOf(named.key, named.value, state);
    }
    for (const [name, value] of Object.entries(level.props)) {
      if (!NOT_DATA.has(name) && (typeof value === "string" || typeof value === "number")) {
        guesses.push({ key: `${depth} ${name}`, texts: texts(name, value, state), sure: false });
      }
    }
  }
  return guesses;
}

function sureOf(key: string, value: unknown, state: State): Bound[] {
  return value === undefined ? [] : [{ key, texts: texts(key, value, state), sure: true }];
}

/** What a component is about that is given an entry and what of it. */
function ofEntry(props: Around["props"], state: State): { key: string; value: unknown } | null {
  const { entry, id, lift, attemptOneIndexed, field } = props;
  const number = typeof id === "number" ? id : (entry as Partial<AppEntry> | null | undefined)?.id;
  const found = typeof number === "number" ? entryOf(number, state) : undefined;
  if (found === undefined) {
    return null;
  }
  const named = LIFT_OF_LETTER[String(lift)];
  if (named !== undefined && typeof attemptOneIndexed === "number") {
    const key = `${found.id} ${named} ${attemptOneIndexed} kg`;
    return { key, value: attemptOf(found, named, attemptOneIndexed as AttemptNumber).kg };
  }
  return typeof field === "string" && field in found ? { key: `${found.id} ${field}`, value: found[field] } : null;
}

function entryOf(id: number, { registration }: State): AppEntry | undefined {
  return registration.entries.find((entry) => entry.id === id);
}

/** The value at a path of a meet, of an app's state. */
function valueAt(path: string, state: State): unknown {
  const [, leaf] = /^meet\.(\w+)$/.exec(path) ?? [];
  if (leaf !== undefined) {
    return state.meet[leaf];
  }
  const [, id, key, number] = /^registration\.entries\[(\d+)\]\.(\w+)(?:\[([1-5])\])?$/.exec(path) ?? [];
  const entry = id === undefined ? undefined : entryOf(Number(id), state);
  if (entry === undefined || number === undefined) {
    return entry?.[key ?? ""];
  }
  return attemptOf(entry, key as "squat", Number(number) as AttemptNumber).kg;
}

/** The texts that a value is shown by. Weights are in the meet's unit, to two places, and nothing where they are 0. */
function texts(name: string, value: unknown, state: State): string[] {
  if (typeof value !== "number") {
    return [String(value ?? "")];
  }
  const weight = /kg\b|kg$|weight|\[[1-5]\]$/i.test(name);
  const shown = weight && state.meet.inKg === false ? pounds(value) : value;
  const text = new Intl.NumberFormat(localeOf(state), { useGrouping: false, maximumFractionDigits: 2 }).format(shown);
  return [value === 0 ? "" : text, text, String(value)];
}

/** Kilograms as pounds; what is a tenth but for rounding is that tenth. */
function pounds(kg: number): number {
  const lb = kg * LB;
  const tenth = Math.round(lb * 10) / 10;
  return Math.abs(lb - tenth) < 0.015 && tenth > lb ? tenth : Math.round(lb * 100) / 100;
}

function localeOf({ language }: State): string {
  try {
    return Intl.getCanonicalLocales(String(language ?? "en"))[0] ?? "en";
  } catch {
    return "en";
  }
}
