/** A board of 1,000,000 rows behind one scroll bar: right rows wherever it is dragged to, and bytes only for what is looked at. */
import { expect, test } from "vitest";

import { BoardPage, format } from "./board-page.ts";
import type { Row, Sight } from "./board-page.ts";
import { complaints, openBrowser, Traffic } from "./browser.ts";
import { importRows, metric, startPair } from "./house.ts";
import { LinkSource } from "./link-source.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";

const ROWS = 1_000_000;
const CONFIG = '[[board]]\nid = "big"\ntitle = "Big"\nscorer = "external"\nunit = "points"\n';
/** Where the scroll bar is let stand on its way, each way. */
const STOPS = 44;
/** A row in sight, and in a page, is so many px high; see `src/lib/geometry.ts`. */
const ROW = 44;
const HEADS = 36;
/** Height of the podium of the first three in px, as documented. */
const PODIUM = 200;
/** Rows that may be in the document: those in a viewport of 800 px and a few beyond its edges. */
const ELEMENTS = 28;
/** Pages of 32 rows that a window may touch: rows in sight and up to 14 beyond each edge. */
const PAGES = 3;
/** Bytes of a page: per row at most a head, a number of an entity and how far its score lies below; a few for the page itself. */
const PAGE_BYTES = 32 * (1 + 5 + 1) + 24;
/** Bytes of a page that is held already and did not change, or by one score. */
const HELD_BYTES = 16;
/** Bytes of a message around its pages. */
const MESSAGE_BYTES = 24;

/** Who stands at a rank: neighbours have nothing in common. */
function entityAt(rank: number): string {
  return `twitch:${100_000_000 + ((rank * 48_271) % 1_000_003)}`;
}

/** Falls by two, so that there is room between. */
function scoreAt(rank: number): number {
  return 2 * (ROWS - rank);
}

function* rows(): Generator<readonly [string, number]> {
  for (let rank = 1; rank <= ROWS; rank++) yield [entityAt(rank), scoreAt(rank)];
}

/** Waits until the rows in sight are all there, and checks each of them; `more` has scores that changed. */
async function checked(board: BoardPage, more: ReadonlyMap<number, number> = new Map()): Promise<Sight> {
  const right = (sight: Sight) => sight.rows.map(([rank]): Row => [rank, entityAt(rank), more.get(rank) ?? scoreAt(rank)]);
  // A figure counts up to its score, so that the text may come a moment later.
  let last: Sight | undefined;
  const sight = await until("figures have counted up", async () => {
    last = await board.settled();
    return last.texts.every(([, , score], at) => score === format(last!.rows[at]![2])) && last;
  }, undefined, () => last);
  expect(sight.rows).toEqual(right(sight));
  expect(sight.texts).toEqual(right(sight).map(([rank, entity, score]) => [format(rank), entity, format(score)]));
  expect(sight.rows.map(([rank]) => rank)).toEqual(sight.rows.map((_, at) => sight.rows[0]![0] + at));
  expect(sight.total).toBe(ROWS);
  expect(sight.elements).toBeLessThanOrEqual(ELEMENTS);
  return sight;
}

/** The scroll bar, as a mouse finds it. */
class ScrollBar {
  readonly #board: BoardPage;
  #grip = { x: 0, y: 0, room: 0 };

  constructor(board: BoardPage) {
    this.#board = board;
  }

  /** Takes hold of it where it stands at the top. */
  async press(): Promise<void> {
    const box = await this.#board.page.evaluate(() => {
      const scroller = document.querySelector<HTMLElement>(".scroller")!;
      const { right, top } = scroller.getBoundingClientRect();
      return { bar: scroller.offsetWidth - scroller.clientWidth, right, top, height: scroller.clientHeight };
    });
    expect(box.bar, "there is a scroll bar to drag").toBeGreaterThan(4);
    this.#grip = { x: box.right - box.bar / 2, y: box.top + 20, room: box.height - 30 };
    await this.#board.page.mouse.move(this.#grip.x, this.#grip.y);
    await this.#board.page.mouse.down();
  }

  /** Drags it to a part of the way, 0 to 1, and waits until the browser drew that. */
  async drag(part: number): Promise<void> {
    await this.#board.page.mouse.move(this.#grip.x, this.#grip.y + part * this.#grip.room, { steps: 3 });
    await drawn(this.#board);
  }

  async release(): Promise<void> {
    await this.#board.page.mouse.up();
  }
}

/** Waits until the first rank in sight is the one for where the scroll bar stands, by rule of three, and checks the rows. */
async function checkedPlace(board: BoardPage, more?: ReadonlyMap<number, number>): Promise<Sight> {
  const off = ({ scroll, seen }: Sight) => {
    const height = ROWS * ROW + PODIUM - 3 * ROW;
    const rank = ((scroll.top / scroll.range) * (height - (scroll.view - HEADS))) / ROW + 1;
    return Math.abs(seen[0] - rank);
  };
  let last: Sight | undefined;
  return until("the rows for where the scroll bar stands", async () => {
    last = await checked(board, more);
    return off(last) < 3 && last;
  }, undefined, () => last);
}

/**
 * E12, E13, E15: the scroll bar of a million rows is dragged down and up again with the mouse, and let stand on its way.
 * The rows in sight are the right ones at each stop, cover the view and are few; what travels is the pages looked at, and on the
 * way back only what changed.
 */
test("a million rows are right at every stop of the scroll bar, and only watched pages travel", { timeout: 300_000 }, async (context) => {
  const stage = new Stage(context);
  importRows(stage, stage.write("core.toml", CONFIG), "big", rows());
  const { link, origin, metrics } = await startPair(stage, CONFIG);
  const page = await openBrowser(stage);
  const [traffic, wrong] = [new Traffic(page), complaints(page)];
  const board = new BoardPage(page);
  await board.open(`${origin}/?board=big`);
  expect((await checked(board)).seen[0]).toBe(1);

  const bar = new ScrollBar(board);
  await bar.press();
  const stops: Array<{ readonly seen: readonly [number, number]; readonly scrollTop: number }> = [];
  const down = { bytes: traffic.bytesIn, messages: traffic.messagesIn };
  for (let stop = 1; stop <= STOPS; stop++) {
    await bar.drag(stop / STOPS);
    const { seen, scroll } = await checkedPlace(board);
    stops.push({ seen, scrollTop: scroll.top });
  }
  await bar.release();
  expect(stops.at(-1)!.seen[1], "the last row is at the end of the way").toBe(ROWS);
  expect(new Set(stops.map(({ seen }) => seen[0])).size, "each stop is elsewhere").toBeGreaterThanOrEqual(40);
  expect(await metric(metrics, "scorelay_relay_pages"), "pages that the relay keeps for this client").toBeLessThanOrEqual(PAGES);
  const spentDown = traffic.bytesIn - down.bytes;
  const boundDown = 3 * STOPS * PAGES * PAGE_BYTES + (traffic.messagesIn - down.messages) * MESSAGE_BYTES;

  // Some rows that were in sight change while others are looked at.
  const source = await LinkSource.connect(stage, link);
  const changed = new Map(stops.filter((_, at) => at % 4 === 0).map(({ seen }) => [seen[0] + 2, scoreAt(seen[0] + 2) + 1]));
  source.give(...[...changed.keys()].map((rank) => ["big", entityAt(rank), 1] as const));
  await source.level();

  // A mouse does not find the same pixels again: the way back is set.
  const up = { bytes: traffic.bytesIn, messages: traffic.messagesIn };
  for (const { seen, scrollTop } of stops.toReversed()) {
    await setScroll(board, scrollTop);
    const again = (await checked(board, changed)).seen;
    expect(Math.abs(again[0] - seen[0]), `rank ${again[0]} where ${seen[0]} was`).toBeLessThan(2);
  }
  await setScroll(board, 0);
  expect((await checked(board, changed)).seen[0]).toBe(1);
  const spentUp = traffic.bytesIn - up.bytes;
  const boundUp = STOPS * PAGES * HELD_BYTES + (traffic.messagesIn - up.messages) * MESSAGE_BYTES;
  console.log(`a million rows: ${STOPS} stops down took ${spentDown} bytes (at most ${boundDown}), back up ${spentUp} (${boundUp})`);
  expect(spentDown, "bytes for what was passed").toBeLessThan(boundDown);
  expect(spentUp, "bytes for pages that were held").toBeLessThan(boundUp);

  await bar.press();
  for (let stop = STOPS; stop >= 0; stop--) {
    await bar.drag(stop / STOPS);
    await checkedPlace(board, changed);
  }
  // A hand goes on past the end.
  await bar.drag(-0.02);
  await bar.release();
  await seenFrom(board, 1);
  expect(traffic.sockets).toBe(1);
  expect(wrong).toEqual([]);
});

/**
 * E13, E15: wheel and keys move a million rows row by row and page by page, where a pixel of the scroll bar is more than
 * a thousand rows.
 */
test("wheel and keyboard are exact on a million rows", { timeout: 180_000 }, async (context) => {
  const stage = new Stage(context);
  importRows(stage, stage.write("core.toml", CONFIG), "big", rows());
  const { origin } = await startPair(stage, CONFIG);
  const board = new BoardPage(await openBrowser(stage));
  const { page } = board;
  await board.open(`${origin}/?board=big&rank=600000`);
  const first = (await checked(board)).seen[0];
  expect(first).toBeGreaterThan(599_980);
  expect(first).toBeLessThanOrEqual(600_000);

  await page.mouse.move(600, 400);
  for (const [rows, from] of [[1, first + 1], [5, first + 6], [500, first + 506], [-506, first]] as const) {
    await page.mouse.wheel(0, rows * ROW);
    await seenFrom(board, from);
  }

  const grid = page.getByRole("grid");
  await grid.focus();
  await page.keyboard.press("End");
  await until("the last row is in sight", async () => (await board.sight()).seen[1] === ROWS);
  await checked(board);
  expect(await active(board)).toBe(ROWS);
  for (let presses = 0; presses < 5; presses++) await page.keyboard.press("ArrowUp");
  expect(await active(board)).toBe(ROWS - 5);
  await page.keyboard.press("Home");
  await seenFrom(board, 1);
  expect(await active(board)).toBe(1);
  const { seen } = await board.sight();
  for (let presses = 1; presses <= 45; presses++) {
    const before = await active(board);
    await page.keyboard.press(presses <= 40 ? "PageDown" : "PageUp");
    const sight = await checked(board);
    const at = await active(board);
    const step = presses <= 40 ? at - before : before - at;
    expect(step, "a page is what is in sight, or a little less").toBeGreaterThan((seen[1] - seen[0]) / 2);
    expect(step).toBeLessThanOrEqual(seen[1] - seen[0] + 1);
    expect(at).toBeGreaterThanOrEqual(sight.seen[0]);
    expect(at).toBeLessThanOrEqual(sight.seen[1]);
  }
});

/** Waits until a rank is the first in sight, and checks the rows. */
async function seenFrom(board: BoardPage, from: number): Promise<void> {
  let last = 0;
  await until(`rank ${from} is the first in sight`, async () => (last = (await board.sight()).seen[0]) === from, undefined, () => last);
  expect((await checked(board)).seen[0]).toBe(from);
}

/** The rank that the keyboard is on, as a screen reader is told. */
async function active(board: BoardPage): Promise<number> {
  return board.page.evaluate(() => {
    const id = document.querySelector("[role=grid]")?.getAttribute("aria-activedescendant");
    const row = id == null ? null : document.getElementById(id);
    return Number(row?.getAttribute("aria-rowindex") ?? 0) - 1;
  });
}

/** Scrolls as a script would, and waits until that was drawn. */
async function setScroll(board: BoardPage, scrollTop: number): Promise<void> {
  await board.page.evaluate((top) => void (document.querySelector(".scroller")!.scrollTop = top), scrollTop);
  await drawn(board);
}

/** Waits until what was done is on the screen. */
async function drawn(board: BoardPage): Promise<void> {
  await board.page.evaluate(() => new Promise<void>((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  }));
}
