/** Pages that nobody looks at: behind another tab, and left for another page by somebody who then comes back. */
import { expect, test } from "vitest";

import { BoardPage } from "./board-page.ts";
import type { Row } from "./board-page.ts";
import { complaints, openTabs, Traffic } from "./browser.ts";
import { metric, startPair } from "./house.ts";
import { LinkSource } from "./link-source.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";

const CONFIG = '[[board]]\nid = "goals"\nscorer = "external"\nunit = "goals"\n';
/** What a hidden page asks for, in milliseconds, and the message in which it does: `Pace`, by `docs/protocol.md`. */
const HIDDEN_PACE = 2_000;
const PACE = Buffer.from([3, 0xfb, HIDDEN_PACE & 0xff, HIDDEN_PACE >> 8]);
const FULL_PACE = Buffer.from([3, 0]);

/** Gives one point after the other, 50 a second, to two players in turn; gives back a function that ends it. */
function play(source: LinkSource): () => Row[] {
  let given = 0;
  const timer = setInterval(() => source.give(["goals", `player:${1 + (given++ % 2)}`, 1]), 20);
  return () => {
    clearInterval(timer);
    const [first, second] = [Math.ceil(given / 2), Math.floor(given / 2)];
    // Of equals the one who got there first stands first.
    return [[1, "player:1", first], [2, "player:2", second]];
  };
}

/** E12: a page behind another tab asks for a slower pace, is sent less, and is right as soon as it is in front again. */
test("a hidden tab is sent an update every two seconds at most", { timeout: 120_000 }, async (context) => {
  const stage = new Stage(context);
  const { link, origin } = await startPair(stage, CONFIG);
  const source = await LinkSource.connect(stage, link);
  const tabs = await openTabs(stage);
  const page = await tabs.newPage();
  const [traffic, wrong] = [new Traffic(page), complaints(page)];
  const board = new BoardPage(page);
  await board.open(`${origin}/`);
  await board.says("live");
  let end = play(source);
  stage.atEnd(async () => void end());
  const before = traffic.messagesIn;
  await until("updates come", () => traffic.messagesIn > before + 20);

  const other = await tabs.newPage();
  await other.bringToFront();
  expect(await page.evaluate(() => document.visibilityState)).toBe("hidden");
  await until("the page asks for a slower pace", () => traffic.sent.some((message) => message.equals(PACE)));
  // What was on its way may come still.
  const asked = traffic.messagesIn;
  await until("the pace is kept", () => traffic.messagesIn >= asked + 5);
  const times = traffic.times.slice(-4);
  expect(times[3]! - times[0]!, "milliseconds from one update to the third after it").toBeGreaterThan(3 * HIDDEN_PACE - 500);
  await source.level();
  const behind = end();
  await source.level();

  await page.bringToFront();
  expect(await page.evaluate(() => document.visibilityState)).toBe("visible");
  await until("the page asks for the full pace", () => traffic.sent.some((message) => message.equals(FULL_PACE)));
  await board.shows(behind);
  expect(traffic.sockets).toBe(1);
  expect(await board.isSame()).toBe(true);
  expect(wrong).toEqual([]);
});

/**
 * E13: who goes on to another page and comes back by the back button finds the page as it was left, from the
 * browser's own store, connected again and right.
 */
test("a page restored for the back button is live again", { timeout: 120_000 }, async (context) => {
  const stage = new Stage(context);
  const { link, origin, metrics } = await startPair(stage, CONFIG);
  const source = await LinkSource.connect(stage, link);
  const tabs = await openTabs(stage);
  const page = await tabs.newPage();
  const wrong = complaints(page);
  const board = new BoardPage(page);
  source.give(["goals", "player:1", 1], ["goals", "player:2", 2]);
  await board.open(`${origin}/`);
  await board.shows([[1, "player:2", 2], [2, "player:1", 1]]);

  await page.goto(`${metrics}/livez`);
  await until("the relay has no client", async () => (await metric(metrics, "scorelay_relay_clients")) === 0);
  source.give(["goals", "player:1", 5]);
  await source.level();
  await page.goBack({ waitUntil: "commit" });
  await board.shows([[1, "player:1", 6], [2, "player:2", 2]]);
  await board.says("live");
  expect(await board.isSame(), "it was restored, not loaded").toBe(true);
  expect(await metric(metrics, "scorelay_relay_clients")).toBe(1);
  source.give(["goals", "player:2", 8]);
  await board.shows([[1, "player:2", 10], [2, "player:1", 6]]);
  expect(wrong).toEqual([]);
});
