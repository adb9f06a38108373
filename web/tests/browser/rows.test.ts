/** The table over many rows: what is drawn, what is watched, and that it stays where it is. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { drawn, falling, House, openBrowser, openPage, settled, until } from "../rig.ts";
import type { DrawnRow } from "../rig.ts";

/** Enough for a scaled scroll range. */
const ROWS = 300_000;
const BOARDS = `[[board]]\nid = "many"\ntitle = "Many"\nunit = "points"\nscorer = "external"\n`;

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open({ boards: BOARDS });
  await house.import("many", falling(ROWS));
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

/** What `falling` put at the ranks drawn. */
function expectRight(rows: readonly DrawnRow[], total = ROWS): void {
  expect(rows.length).toBeGreaterThan(10);
  rows.forEach(({ rank, entity, score }, at) => {
    expect(rank).toBe(rows[0]!.rank + at);
    expect(entity).toBe(`p:${rank}`);
    expect(score).toBe((total - rank + 1) * 10);
  });
}

async function scrollTo(page: Page, part: number): Promise<void> {
  await page.evaluate((share) => {
    const scroller = document.querySelector(".scroller")!;
    scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * share;
  }, part);
}

/** Waits until the row at a rank is drawn, in sight, and all is there. */
async function arrived(page: Page, rank: number): Promise<DrawnRow[]> {
  await page.waitForSelector(`[role=grid][data-complete=true] [data-rank="${rank}"]`);
  return drawn(page);
}

/** E12, E13: only rows in sight are in the page, and only they travel. */
test("a board of many rows draws those in sight and gets no others", async () => {
  const complaints: string[] = [];
  const page = await openPage(browser, `${house.url}?board=many`, undefined, complaints);
  let received = 0;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  cdp.on("Network.webSocketFrameReceived", ({ response }) => (received += Math.ceil((response.payloadData.length * 3) / 4)));
  await page.reload();
  const rows = await settled(page);
  expectRight(rows);
  expect(rows[0]!.rank).toBe(1);
  expect(rows.length).toBeLessThan(30);
  expect(await page.getAttribute("[role=grid]", "aria-rowcount")).toBe(String(ROWS + 1));
  expect(await page.getAttribute("[role=grid]", "data-total")).toBe(String(ROWS));
  expect(received).toBeGreaterThan(0);
  expect(received).toBeLessThan(4_000);
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** E13: the scroll bar leads anywhere, and rows there are right. */
test("the middle and the end are reached by the scroll bar", async () => {
  const page = await openPage(browser, `${house.url}?board=many`);
  await settled(page);
  await scrollTo(page, 0.5);
  expectRight(await arrived(page, ROWS / 2));
  await scrollTo(page, 1);
  const end = await arrived(page, ROWS);
  expectRight(end);
  expect(end.at(-1)!.rank).toBe(ROWS);
  await scrollTo(page, 0);
  expectRight(await arrived(page, 1));
  await page.context().close();
});

/** E13: a wheel moves by rows, also where the scroll range is scaled. */
test("the wheel moves by px of rows on a scaled board", async () => {
  const page = await openPage(browser, `${house.url}?board=many&rank=150000`);
  await arrived(page, 150_000);
  const top = () => page.evaluate(() => document.querySelector('[data-rank="150000"]')?.getBoundingClientRect().top ?? null);
  const before = (await top())!;
  await page.mouse.move(700, 500);
  await page.mouse.wheel(0, 88);
  await until("the row is two rows higher", async () => (await top()) === before - 88);
  await page.mouse.wheel(0, -44);
  await until("it is one row lower", async () => (await top()) === before - 44);
  expectRight(await settled(page));
  await page.context().close();
});

/** E13: what is in sight stays where it is while the board grows, shrinks and is emptied. */
test("growing does not move what is in sight, and shrinking leads to the end", async () => {
  const page = await openPage(browser, `${house.url}?board=many&rank=200000`);
  await arrived(page, 200_000);
  const place = () => page.evaluate(() => document.querySelector('[data-rank="200000"]')?.getBoundingClientRect().top ?? null);
  const total = (rows: number) => page.waitForSelector(`[role=grid][data-complete=true][data-total="${rows}"]`);
  const before = await place();
  const grown = falling(ROWS + 50_000).map(([entity], at) => [entity, (ROWS - at) * 10] as const);
  await house.import("many", grown);
  await total(ROWS + 50_000);
  expect(await place()).toBe(before);
  expectRight(await drawn(page));

  await house.import("many", falling(50));
  await total(50);
  const rows = await arrived(page, 50);
  expectRight(rows, 50);
  await house.import("many", []);
  await page.waitForSelector('[role=grid][data-total="0"]');
  expect(await page.textContent(".nothing h2")).toBe("Nobody is here yet");
  await house.import("many", falling(ROWS));
  await page.waitForSelector(`[role=grid][data-complete=true][data-total="${ROWS}"]`);
  expectRight(await drawn(page));
  await page.context().close();
});

/** E13: a row that overtakes glides, and stands right at once for whoever reads the page. */
test("rows that change places are right in the page while they glide", async () => {
  const page = await openPage(browser, `${house.url}?board=many`);
  await settled(page);
  await page.evaluate(() => {
    const seen = { glides: 0 };
    const animate = Element.prototype.animate;
    Element.prototype.animate = function (...args) {
      seen.glides += 1;
      return animate.apply(this, args);
    };
    Object.assign(window, { seen });
  });
  const swapped = falling(ROWS).map(([entity, score]) => [entity, entity === "p:6" ? score + 25 : score] as const);
  await house.import("many", swapped);
  await page.waitForSelector('[data-rank="4"][data-entity="p:6"]');
  const order = (await drawn(page)).slice(0, 7).map(({ entity }) => entity);
  expect(order).toEqual(["p:1", "p:2", "p:3", "p:6", "p:4", "p:5", "p:7"]);
  expect(await page.evaluate(() => (window as unknown as { seen: { glides: number } }).seen.glides)).toBe(3);
  expect(await page.getAttribute('[data-entity="p:6"] .moved', "aria-label")).toBe("up 2");
  await house.import("many", falling(ROWS));
  await page.context().close();
});

/** E13: a directory's count may be half a minute old; a link to a rank beyond it leads there all the same. */
test("a link leads to its rank on a board that grew a moment ago", async () => {
  const fresh = await House.open({ boards: BOARDS });
  await fresh.import("many", falling(15));
  const first = await openPage(browser, `${fresh.url}?board=many`);
  await settled(first);
  await first.context().close();
  await fresh.import("many", falling(3000));
  const page = await openPage(browser, `${fresh.url}?board=many&rank=2000`);
  expectRight(await arrived(page, 2000), 3000);
  await until("the address still names it", () => page.url().includes("rank=2000"));
  await page.context().close();
  await fresh.close();
});
