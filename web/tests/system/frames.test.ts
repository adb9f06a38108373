/** What is drawn while a board changes heavily: every single frame is looked at. */
import { expect, test } from "vitest";

import { BoardPage } from "./board-page.ts";
import { complaints, openBrowser } from "./browser.ts";
import { importRows, startPair } from "./house.ts";
import { LinkSource } from "./link-source.ts";
import type { Points } from "./link-source.ts";
import { recorded, spoil, startMoving, startRecorder, stopMoving } from "./recorder.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** So many rows that the scroll range is scaled. */
const ROWS = 200_000;
const CONFIG = `[[board]]\nid = "busy"\nscorer = "external"\nunit = "points"\nmax_rows = ${ROWS}\n`;
/** Recording goes on for so many frames, half of them while the view moves, or so many milliseconds. */
const FRAMES = 1_200;
const TIME = 30_000;
const SEED = 20_261;

const scoreAt = (rank: number) => 10 * (ROWS - rank + 1);

/** Gives points 100 times a second for as long as the test runs: rows rise and fall, come and push out the last. */
function churn(source: LinkSource): () => void {
  let state = SEED;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  let newcomers = 0;
  const one = (): Points => {
    const kind = random(10);
    // One in ten joins among the first 300, so that all ranks below move.
    if (kind === 0) return ["busy", `late:${(newcomers += 1)}`, scoreAt(1 + random(300))];
    const rank = kind < 8 ? 1 + random(300) : 1 + random(ROWS);
    return ["busy", `here:${rank}`, random(6_001) - 3_000];
  };
  const timer = setInterval(() => {
    if (source.waiting < 4_000) source.give(...Array.from({ length: 15 }, one));
  }, 10);
  return () => clearInterval(timer);
}

/**
 * E13, E15, E16: while 1,500 points a second stir a board, in no frame is an entity or a rank shown twice, or a rank between
 * others missing, and no row has more than those above it; standing still as well as while the view moves.
 */
test("no frame shows a row twice or misses one while a board changes heavily", { timeout: 180_000 }, async (context) => {
  const stage = new Stage(context);
  importRows(stage, stage.write("core.toml", CONFIG), "busy", Array.from({ length: ROWS }, (_, at) => [`here:${at + 1}`, scoreAt(at + 1)] as const));
  const { link, origin } = await startPair(stage, CONFIG);
  const source = await LinkSource.connect(stage, link);
  const page = await openBrowser(stage);
  const wrong = complaints(page);
  const board = new BoardPage(page);
  // The border of two pages of 32 ranks is in the middle.
  await board.open(`${origin}/?board=busy&rank=64`);
  await board.settled();

  const end = churn(source);
  stage.atEnd(async () => end());
  const begun = (await board.sight()).rows;
  await until("the board stirs", async () => JSON.stringify((await board.sight()).rows) !== JSON.stringify(begun));

  await startRecorder(page);
  const start = performance.now();
  const over = (frames: number, enough: number) => frames >= enough || performance.now() - start > (TIME * enough) / FRAMES;
  const still = await until("enough frames standing still", async () => {
    const record = await recorded(page);
    return over(record.frames, FRAMES / 2) && record;
  }, TIME);
  expect(still.faults, `seed ${SEED}`).toEqual([]);
  expect(still.waiting, "rows that had been there were missing").toBe(0);
  // A page draws less often where that takes long, and is then sent less, but at least once a second.
  expect(still.changed, "frames with changes").toBeGreaterThan(5);

  await startMoving(page, SEED);
  const moving = await until("enough frames while the view moves", async () => {
    const record = await recorded(page);
    return over(record.frames, FRAMES) && record;
  }, 2 * TIME);
  await stopMoving(page);
  console.log(`frames: ${JSON.stringify(still)} standing still, then ${JSON.stringify(moving)} in all`);
  expect(moving.faults, `seed ${SEED}`).toEqual([]);
  expect(moving.changed - still.changed, "frames with changes while moving").toBeGreaterThan(100);
  expect(moving.waiting, "frames with nothing to wait for, while moving").toBeLessThan(moving.frames);
  expect(moving.most).toBeLessThan(30);

  end();
  await source.level();
  await board.settled();
  expect((await recorded(page)).faults, `seed ${SEED}`).toEqual([]);
  expect(wrong).toEqual([]);
  await spoil(page);
  await until("the recorder notices a row that is there twice", async () => (await recorded(page)).faults.length > 0);
});
