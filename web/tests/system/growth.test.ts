/** A board that grows, shrinks, is emptied, is removed and comes back while somebody looks at it, who never loads the page anew. */
import { expect, test } from "vitest";

import { BoardPage, format } from "./board-page.ts";
import type { Row } from "./board-page.ts";
import { complaints, openBrowser, Traffic } from "./browser.ts";
import { importRows, ready, startCore, startEdge } from "./house.ts";
import { LinkSource } from "./link-source.ts";
import { freePort, Stage } from "./stage.ts";
import { until } from "./until.ts";

const GOALS = '[[board]]\nid = "goals"\ntitle = "Goals"\nscorer = "external"\nunit = "goals"\n';
const SAVES = '[[board]]\nid = "saves"\ntitle = "Saves"\nscorer = "external"\nunit = "saves"\n';

/** Rows of a board of `count`, with `name` to tell one filling from another. */
function falling(name: string, count: number): Array<readonly [string, number]> {
  return Array.from({ length: count }, (_, at) => [`${name}:${at + 1}`, 10 * (count - at)] as const);
}

/** Waits until the board has so many rows, and those in sight are these and reach the end if `atEnd`. */
async function shows(board: BoardPage, rows: ReadonlyArray<readonly [string, number]>, atEnd = false): Promise<void> {
  const right = (given: readonly Row[]) => given.length > 0 && given.every(([rank, entity, score]) => {
    const [who, points] = rows[rank - 1] ?? [];
    return entity === who && score === points;
  });
  let last: unknown;
  await until(`${rows.length} rows, and the right ones`, async () => {
    const sight = await board.sight();
    last = sight;
    const whole = sight.total === rows.length && sight.waiting.length === 0 && sight.complete && sight.dense && sight.covers;
    return whole && right(sight.rows) && (!atEnd || sight.seen[1] === rows.length);
  }, undefined, () => last);
  const words = await board.words();
  expect(words).toContain(rows.length === 1 ? "1 row" : `${format(rows.length)} rows`);
  expect(words).not.toContain("Nobody is here yet");
}

/** Waits until the page says something outside the table. */
async function says(board: BoardPage, words: string | RegExp): Promise<void> {
  let last = "";
  const said = () => (typeof words === "string" ? last.includes(words) : words.test(last));
  await until(`the page says ${words}`, async () => {
    last = await board.words();
    return said();
  }, undefined, () => last);
}

async function scrollToEnd(board: BoardPage): Promise<void> {
  await board.page.evaluate(() => {
    const scroller = document.querySelector(".scroller")!;
    scroller.scrollTop = scroller.scrollHeight;
  });
}

/**
 * E16: the first rows of an empty board, rows that come, rows that go, and a board that goes, are shown as changes of the
 * page that is open; what it says is true at each step.
 */
test("a board grows, shrinks, is emptied and removed while it is watched", { timeout: 240_000 }, async (context) => {
  const stage = new Stage(context);
  const config = stage.write("core.toml", GOALS + SAVES);
  const link = `tcp:127.0.0.1:${await freePort()}`;
  let core = startCore(stage, config, link);
  const edge = startEdge(stage, link);
  await ready(await edge.address("metrics"));
  importRows(stage, config, "saves", falling("keeper", 40));
  const restart = async (boards: string) => {
    expect(await core.terminate()).toBe(0);
    await board.says("stale");
    stage.write("core.toml", boards);
    core = startCore(stage, config, link);
    await board.says("live");
  };

  const page = await openBrowser(stage);
  const [traffic, wrong] = [new Traffic(page), complaints(page)];
  const board = new BoardPage(page);
  await board.open(`${await edge.address("listen")}/?board=goals`);
  await board.says("live");
  await says(board, "Nobody is here yet");
  await says(board, /\b0 rows/);

  // The first rows, one by one, then many.
  const source = await LinkSource.connect(stage, link);
  source.give(["goals", "player:2", 1]);
  await shows(board, [["player:2", 1]]);
  source.give(["goals", "player:1", 2]);
  await shows(board, [["player:1", 2], ["player:2", 1]]);
  const many = falling("player", 700);
  source.give(...many.map(([entity, score], at) => ["goals", entity, at < 2 ? score - (2 - at) : score] as const));
  await source.level();
  await shows(board, many);

  // Looking at the end while the board becomes shorter, and shorter than the view.
  await scrollToEnd(board);
  await shows(board, many, true);
  const fewer = falling("fewer", 100);
  importRows(stage, config, "goals", fewer);
  await shows(board, fewer, true);
  const few = falling("few", 4);
  importRows(stage, config, "goals", few);
  await shows(board, few, true);
  importRows(stage, config, "goals", falling("more", 30_000));
  await shows(board, falling("more", 30_000));

  // Emptied, and begun again.
  importRows(stage, config, "goals", []);
  await says(board, "Nobody is here yet");
  await says(board, /\b0 rows/);
  expect((await board.sight()).elements).toBe(0);
  source.give(["goals", "again:1", 7]);
  await shows(board, [["again:1", 7]]);

  // A limit that is smaller than what is there.
  importRows(stage, config, "goals", many);
  await shows(board, many);
  await restart(`${GOALS}max_rows = 50\n${SAVES}`);
  await shows(board, many.slice(0, 50));

  // Removed: the page goes to the other board and says so; and finds the first one again.
  await restart(SAVES);
  await says(board, "The board “Goals” was removed. This is “Saves”.");
  await shows(board, falling("keeper", 40));
  expect(await page.getByRole("navigation").innerText()).not.toContain("Goals");
  await until("the address names it", () => new URL(page.url()).searchParams.get("board") === "saves");
  await restart(GOALS + SAVES);
  await page.getByRole("navigation").getByRole("link", { name: /Goals/ }).click();
  await shows(board, many.slice(0, 50));
  expect(await board.words()).not.toContain("was removed");

  expect(traffic.sockets, "one connection all the time").toBe(1);
  expect(await board.isSame(), "the page was never loaded anew").toBe(true);
  expect(wrong).toEqual([]);
});

/** E16: where the only board is taken away, and comes back, an open page says so and shows it again. */
test("an address of a board that is not there shows it as soon as it is", { timeout: 120_000 }, async (context) => {
  const stage = new Stage(context);
  const config = stage.write("core.toml", SAVES);
  const link = `tcp:127.0.0.1:${await freePort()}`;
  const core = startCore(stage, config, link);
  const edge = startEdge(stage, link);
  await ready(await edge.address("metrics"));
  const page = await openBrowser(stage);
  const board = new BoardPage(page);
  await board.open(`${await edge.address("listen")}/?board=goals`);
  await says(board, "There is no board “goals”");
  await says(board, "Saves");

  expect(await core.terminate()).toBe(0);
  stage.write("core.toml", GOALS);
  const again = startCore(stage, config, link);
  await ready(await again.address("metrics"));
  importRows(stage, config, "goals", falling("player", 90));
  await shows(board, falling("player", 90));
  expect(await board.isSame(), "the page was never loaded anew").toBe(true);
});
