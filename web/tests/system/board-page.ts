/**
 * What stands on the page of a board, read from its elements as a person or a screen reader would find it. It touches
 * nothing but scroll positions; how rows are drawn is `src/ui/row-list.ts`.
 */
import { isDeepStrictEqual } from "node:util";
import type { Page } from "playwright-core";

import { DEADLINE, until } from "./until.ts";

/** A row: rank, entity, score. */
export type Row = readonly [rank: number, entity: string, score: number];

/** What is in sight. */
export interface Sight {
  /** Rows that are there, in the order of the document. */
  readonly rows: Row[];
  /** The same as texts: rank, name and platform, score. */
  readonly texts: Array<readonly [string, string, string]>;
  /** Ranks that are waited for. */
  readonly waiting: number[];
  /** Row elements in the whole document. */
  readonly elements: number;
  /** Whether row elements follow each other without a gap or an overlap, by what the browser laid out, while none glides. */
  readonly dense: boolean;
  /** Whether they cover all of the table between its column heads and its lower edge, or end with the board. */
  readonly covers: boolean;
  /** First and last rank that can be seen, also in part. */
  readonly seen: readonly [number, number];
  /** Where the browser's scroll bar stands, and how far it goes, in px. */
  readonly scroll: { readonly top: number; readonly range: number; readonly view: number };
  /** Rows of the board as the table says. */
  readonly total: number;
  /** Whether the table says that nothing is missing. */
  readonly complete: boolean;
}

/** One page of boards. */
export class BoardPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens an address, and leaves a mark that does not outlive a reload. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.evaluate(() => Object.assign(window, { mark: true }));
  }

  /** Whether this is still the page that was opened. */
  isSame(): Promise<boolean> {
    return this.page.evaluate(() => "mark" in window);
  }

  /** State of the connection as the page's foot has it, with its words. */
  async state(): Promise<{ kind: string; words: string }> {
    return this.page.evaluate(() => {
      const foot = document.querySelector<HTMLElement>("footer.status");
      return { kind: foot?.dataset["state"] ?? "none", words: foot?.innerText ?? "" };
    });
  }

  /** Waits until the foot names a state. */
  async says(kind: string, deadline = DEADLINE): Promise<string> {
    let last: unknown;
    const said = await until(
      `the page says ${kind}`,
      async () => {
        const state = await this.state();
        last = state;
        return state.kind === kind ? state : null;
      },
      deadline,
      () => last,
    );
    return said.words;
  }

  /** All text in sight outside the table. */
  words(): Promise<string> {
    return this.page.evaluate(() => {
      const parts = [...document.querySelectorAll<HTMLElement>("header, .notice, .about, .nothing")];
      return parts.map((part) => part.innerText).join("\n");
    });
  }

  /** What is in sight now. */
  sight(): Promise<Sight> {
    return this.page.evaluate(readSight);
  }

  /** Waits until exactly these rows are there, as data and as text. */
  async shows(rows: readonly Row[], deadline = DEADLINE): Promise<void> {
    const expected = rows.map(([rank, entity, score]) => [format(rank), entity, format(score)]);
    let last: Sight | undefined;
    await until(
      `the page shows ${JSON.stringify(rows)}`,
      async () => {
        last = await this.sight();
        return isDeepStrictEqual(last.rows, rows) && isDeepStrictEqual(last.texts, expected);
      },
      deadline,
      () => last,
    );
  }

  /** Waits until no row in sight is missing and the picture stands still, and gives what is there. */
  async settled(deadline = DEADLINE): Promise<Sight> {
    let last: Sight | undefined;
    return until(
      "all rows in sight are there",
      async () => {
        const sight = await this.sight();
        last = sight;
        return sight.complete && sight.waiting.length === 0 && sight.dense && sight.covers ? sight : null;
      },
      deadline,
      () => last,
    );
  }
}

/** A whole number as the page writes it. */
export function format(value: number): string {
  return value.toLocaleString("en");
}

/** Runs in the page. */
function readSight(): Sight {
  const scroller = document.querySelector<HTMLElement>(".scroller") ?? document.body;
  const grid = document.querySelector<HTMLElement>("[role=grid]");
  const view = scroller.getBoundingClientRect();
  const top = grid?.querySelector(".heads")?.getBoundingClientRect().bottom ?? view.top;
  const bottom = view.top + scroller.clientHeight;
  const elements = [...document.querySelectorAll<HTMLElement>("[role=grid] [role=row][aria-rowindex]:not(.heads)")];
  const rows: Array<readonly [number, string, number]> = [];
  const texts: Array<readonly [string, string, string]> = [];
  const waiting: number[] = [];
  const seen: number[] = [];
  let dense = true;
  let end: number | null = null;
  for (const element of elements) {
    const { dataset } = element;
    const text = (part: string) => element.querySelector(`.${part}`)?.textContent?.trim() ?? "";
    if (dataset["entity"] === undefined) waiting.push(Number(dataset["waiting"]));
    else {
      rows.push([Number(dataset["rank"]), dataset["entity"], Number(dataset["score"])]);
      texts.push([text("rank"), `${text("platform")}:${text("name")}`, text("score")]);
    }
    const box = element.getBoundingClientRect();
    // The first three stand side by side.
    if (end !== null && Number(element.getAttribute("aria-rowindex")) - 1 <= 3) end -= box.height;
    if (end !== null && Math.abs(box.top - end) > 1) dense = false;
    end = box.bottom;
    if (box.bottom > top + 1 && box.top < bottom - 1) seen.push(Number(element.getAttribute("aria-rowindex")) - 1);
  }
  const total = Number(grid?.dataset["total"] ?? 0);
  const first = elements[0]?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY;
  return {
    rows,
    texts,
    waiting,
    elements: elements.length,
    dense,
    covers: first <= top + 1 && ((end ?? 0) >= bottom - 1 || seen.at(-1) === total),
    seen: [seen[0] ?? 0, seen.at(-1) ?? 0],
    scroll: { top: scroller.scrollTop, range: scroller.scrollHeight - scroller.clientHeight, view: scroller.clientHeight },
    total,
    complete: grid?.dataset["complete"] === "true",
  };
}
