/** What the page says and does when boards, the core or the relay go and come. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { falling, House, openBrowser, openPage, settled, until } from "../rig.ts";

const board = (id: string, title: string) => `[[board]]\nid = "${id}"\ntitle = "${title}"\nunit = "points"\nscorer = "external"\n`;
const BOTH = { boards: board("main", "Main") + board("side", "Side") };

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open(BOTH);
  await house.import("main", falling(500));
  await house.import("side", falling(20));
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

const state = (page: Page, kind: string) => page.waitForSelector(`.status[data-state="${kind}"]`, { timeout: 60_000 });
const said = (page: Page) => page.textContent(".status [aria-hidden]:nth-of-type(2)");

/** E14, E16: without a relay the page says so and keeps its rows; it is live again without a reload. */
test("the relay goes and comes", async () => {
  const complaints: string[] = [];
  const page = await openPage(browser, `${house.url}?board=main&rank=200`, undefined, complaints);
  const rows = await settled(page);
  await state(page, "live");
  await page.evaluate(() => Object.assign(window, { same: true }));
  await house.killRelay();
  await state(page, "offline");
  expect(await said(page)).toMatch(/^Reconnecting, last update \d+ s ago$/);
  const spoken = page.locator('.status [role="status"]');
  expect(await spoken.textContent()).toBe("Reconnecting. The last scores stay.");
  expect(await spoken.getAttribute("aria-live")).toBe("polite");
  await until("seconds are counted", async () => !/ [0-2] s ago/.test((await said(page)) ?? ""));
  expect(await page.locator("[role=grid] [data-rank]").count()).toBe(rows.length);
  await house.startRelay();
  await state(page, "live");
  await house.import("main", falling(500).map(([entity, score]) => [entity, entity === "p:200" ? score + 1 : score] as const));
  await page.waitForSelector('[data-rank="200"][data-score="3011"]');
  expect(await page.evaluate(() => "same" in window)).toBe(true);
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** E14: without the core the page says since when it is stale, and is right again without a reload. */
test("the core goes and comes", async () => {
  const page = await openPage(browser, `${house.url}?board=side`);
  await settled(page);
  await state(page, "live");
  await house.killCore();
  await state(page, "stale");
  expect(await said(page)).toMatch(/^Stale: .* as of \d+ s ago\.$/);
  expect(await page.getAttribute('[data-rank="1"]', "data-entity")).toBe("p:1");
  await house.startCore();
  await state(page, "live");
  await house.import("side", falling(21));
  await page.waitForSelector('[role=grid][data-complete=true][data-total="21"]');
  await page.context().close();
});

/** E13: boards that are not there have words of their own. */
test("an absent board is named, with those that are there", async () => {
  const page = await openPage(browser, `${house.url}?board=gone`);
  await page.waitForSelector(".nothing");
  expect(await page.textContent(".nothing h1")).toBe("There is no board “gone”");
  await page.click(".choices >> text=Side");
  await settled(page);
  expect(await page.getAttribute("main", "data-board")).toBe("side");
  await page.context().close();
});

test("a board that is removed while it is watched leads to another, and says so", async () => {
  const page = await openPage(browser, `${house.url}?board=side`);
  await settled(page);
  await house.killCore();
  await house.startCore({ boards: board("main", "Main") });
  await page.waitForSelector('main[data-board="main"] [role=grid][data-complete=true]', { timeout: 60_000 });
  expect(await page.textContent(".notice")).toContain("The board “Side” was removed. This is “Main”.");
  await until("the address follows", () => page.url().includes("board=main"));
  await page.click(".notice button");
  expect(await page.locator(".notice").count()).toBe(0);
  await house.killCore();
  await house.startCore(BOTH);
  await page.waitForSelector('.tabs a:has-text("Side")', { timeout: 60_000 });
  await page.context().close();
});

/** E13: made-up data is called so. */
test("synthetic data is said to be synthetic", async () => {
  const demo = await House.open({ rate: 200 });
  const page = await openPage(browser, demo.url);
  await settled(page);
  expect(await page.textContent(".badge")).toBe("Synthetic data");
  expect(await page.title()).toBe("Messages · Scorelay");
  const first = await page.getAttribute('[data-rank="1"]', "data-score");
  await until("the page moves", async () => (await page.getAttribute('[data-rank="1"]', "data-score")) !== first);
  await page.context().close();
  await demo.close();
});
