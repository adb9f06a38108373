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

  /** Drags it to a part of the way, 0 to 1, and gives where the browser then stands, in px. */
  async drag(part: number): Promise<number> {
    await this.#board.page.mouse.move(this.#grip.x, this.#grip.y + part * this.#grip.room, { steps: 3 });
    return this.#board.page.evaluate(() => new Promise<number>((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.querySelector(".scroller")!.scrollTop)));
    }));
  }

  async release(): Promise<void> {
    await this.#board.page.mouse.up();
  }
}

/** The rank at the upper edge for a position of the browser's, by rule of three. */
async function rankFor(board: BoardPage, scrollTop: number): Promise<number> {
  const range = await board.page.evaluate(() => {
    const scroller = document.querySelector(".scroller")!;
    return { scroll: scroller.scrollHeight - scroller.clientHeight, view: scroller.clientHeight };
  });
  const height = ROWS * ROW + 3 * 16;
  return (scrollTop / range.scroll) * (height - (range.view - HEADS)) / ROW + 1;
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
  const page = await openBrowser(stage, { viewport: { width: 1280, height: 800 } });
  const [traffic, wrong] = [new Traffic(page), complaints(page)];
  const board = new BoardPage(page);
  await board.open(`${origin}/?board=big`);
  expect((await checked(board)).seen[0]).toBe(1);

  const bar = new ScrollBar(board);
  await bar.press();
  const stops: Array<{ readonly seen: readonly [number, number]; readonly part: number }> = [];
  const down = { bytes: traffic.bytesIn, messages: traffic.messagesIn };
  for (let stop = 1; stop <= STOPS; stop++) {
    const part = stop / STOPS;
    const scrollTop = await bar.drag(part);
    const { seen } = await checked(board);
    expect(Math.abs(seen[0] - (await rankFor(board, scrollTop))), `rank ${seen[0]} at ${scrollTop} px`).toBeLessThan(3);
    stops.push({ seen, part });
  }
  expect(stops.at(-1)!.seen[1], "the last row is at the end of the way").toBe(ROWS);
  expect(new Set(stops.map(({ seen }) => seen[0])).size, "each stop is elsewhere").toBeGreaterThanOrEqual(40);
  expect(await metric(metrics, "scorelay_relay_pages"), "pages that the relay keeps for this client").toBeLessThanOrEqual(PAGES);
  const spentDown = traffic.bytesIn - down.bytes;
  const boundDown = STOPS * 3 * PAGES * PAGE_BYTES + (traffic.messagesIn - down.messages) * MESSAGE_BYTES;

  // Some rows that were in sight change while others are looked at.
  const source = await LinkSource.connect(stage, link);
  const changed = new Map(stops.filter((_, at) => at % 4 === 0).map(({ seen }) => [seen[0] + 2, scoreAt(seen[0] + 2) + 1]));
  source.give(...[...changed.keys()].map((rank) => ["big", entityAt(rank), 1] as const));
  await source.level();

  const up = { bytes: traffic.bytesIn, messages: traffic.messagesIn };
  for (const { seen, part } of stops.toReversed()) {
    await bar.drag(part);
    expect((await checked(board, changed)).seen, "the same rows as on the way down").toEqual(seen);
  }
  await bar.drag(0);
  await bar.release();
  expect((await checked(board, changed)).seen[0]).toBe(1);
  const spentUp = traffic.bytesIn - up.bytes;
  console.log(`a million rows: ${STOPS} stops down took ${spentDown} bytes, back up ${spentUp}`);
  expect(spentDown, `at most ${boundDown} bytes for what was passed`).toBeLessThan(boundDown);
  const boundUp = STOPS * PAGES * HELD_BYTES + (traffic.messagesIn - up.messages) * MESSAGE_BYTES;
  expect(spentUp, `at most ${boundUp} bytes for pages that were held`).toBeLessThan(boundUp);
  expect(traffic.sockets).toBe(1);
  expect(wrong).toEqual([]);
});
