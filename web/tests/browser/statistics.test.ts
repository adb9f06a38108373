/** The page of statistics, on a real relay and core: figures that move, and what it says where there are none. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { violations } from "../axe.ts";
import { House, openBrowser, openPage, screens, until } from "../rig.ts";

const MESSAGES = `[[board]]\nid = "messages"\ntitle = "Messages"\n`;
const KEPT = { boards: `statistics = true\n${MESSAGES}`, rate: 50 };

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open(KEPT);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

const open = async (options = screens.desktop as object, complaints: string[] = []) => openPage(browser, `${house.url}statistics`, options, complaints);
const moving = (page: Page) => page.waitForSelector('.now:not([data-rate=""])', { timeout: 60_000 });
const line = (page: Page) => page.getAttribute(".chart .line", "d");

interface Listed {
  readonly entity: string;
  readonly name: string;
  readonly score: number;
}

const list = (page: Page, board: string) =>
  page.locator(`[data-board=${board}] [data-entity]`).evaluateAll((rows) =>
    rows.map((row): Listed => ({
      entity: (row as HTMLElement).dataset["entity"]!,
      name: row.querySelector(".who")!.textContent!,
      score: Number(row.querySelector(".score")!.textContent!.replaceAll(",", "")),
    })));

/** E9, S2, S3: messages per second and the first ten words, names and rooms, live. */
test("the rate and the three lists are those of the boards, and move", async () => {
  const complaints: string[] = [];
  const page = await open(screens.desktop, complaints);
  await moving(page);
  await until("the rate is that of the crowd", async () => {
    const rate = Number(await page.getAttribute(".now", "data-rate"));
    return rate >= 40 && rate <= 60;
  });
  const drawn = await line(page);
  await until("the chart goes on", async () => ((await line(page)) ?? "").length > (drawn ?? "").length);
  for (const [board, platform] of [["words", "word"], ["nicks", "nick"], ["rooms", "room"]] as const) {
    await page.waitForSelector(`[data-board=${board}][data-complete=true] [data-entity]`);
    const rows = await list(page, board);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThanOrEqual(10);
    expect(rows.map(({ entity }) => entity)).toEqual(rows.map(({ name }) => `${platform}:${name}`));
    expect(rows.map(({ score }) => score)).toEqual(rows.map(({ score }) => score).toSorted((a, b) => b - a));
    await until(`${board} move`, async () => (await list(page, board))[0]!.score > rows[0]!.score);
  }
  const answer = (await (await fetch(`${house.url}stats/rooms`)).json()) as Record<string, number>[];
  expect(new Set((await list(page, "rooms")).map(({ name }) => name))).toEqual(new Set(answer.flatMap((room) => Object.keys(room))));
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("without its core it says that it is out of date, and draws no figures that nobody knows", async () => {
  const page = await open();
  await moving(page);
  await house.killCore();
  await page.waitForSelector('.now[data-rate=""]', { timeout: 60_000 });
  expect(await page.textContent(".rate [role=status]")).toMatch(/^Out of date: the source of the figures/);
  expect((await list(page, "rooms")).length).toBeGreaterThan(0);
  await house.startCore();
  await moving(page);
  expect(await page.textContent(".rate [role=status]")).toBe("As seen since this page was opened.");
  await page.context().close();
});

/** E13: nothing jumps when data comes, nothing is too wide, and axe finds nothing. */
test.each(Object.entries(screens))("%s: it fits and stands still", async (_, screen) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ ...screen, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    await page.addInitScript(() => {
      Object.assign(window, { shifted: 0 });
      new PerformanceObserver((entries) => {
        for (const entry of entries.getEntries() as unknown as { value: number }[]) (window as unknown as { shifted: number }).shifted += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(`${house.url}statistics`);
    await moving(page);
    await page.waitForSelector("[data-board=words][data-complete=true]");
    expect(await page.evaluate(() => (window as unknown as { shifted: number }).shifted)).toBeLessThan(0.02);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.viewport.width);
    expect(await violations(page), colorScheme).toEqual([]);
    await context.close();
  }
});

test("where the core keeps no statistics the page says how it would", async () => {
  const bare = await House.open({ boards: MESSAGES, rate: 20 });
  const page = await openPage(browser, `${bare.url}statistics`, { ...screens.desktop, bypassCSP: true });
  await page.waitForSelector(".nothing");
  expect(await page.textContent(".nothing code")).toBe("statistics = true");
  expect(await violations(page)).toEqual([]);
  await bare.killCore();
  await bare.startCore(KEPT);
  await moving(page);
  await page.context().close();
  await bare.close();
});
