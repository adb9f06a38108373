/** Finding ranks and people, pinning them, and the address that names it all. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { falling, House, openBrowser, openPage, screens, settled, until } from "../rig.ts";

const BOARDS = `[[board]]\nid = "many"\ntitle = "Many"\nunit = "points"\nscorer = "external"\n
[[board]]\nid = "few"\ntitle = "Few"\nunit = "runs"\ndecimals = 2\nscorer = "external"\n`;

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open({ boards: BOARDS });
  await house.import("many", falling(5000));
  await house.import("few", falling(3, 0.25));
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

async function search(page: Page, text: string, button: "Go" | "Pin" = "Go"): Promise<void> {
  await page.fill("#search", text);
  await page.click(`.search button:text-is("${button}")`);
}

const words = (page: Page) => page.textContent(".search .words");
const inSight = (page: Page, rank: number) => page.waitForSelector(`[role=grid][data-complete=true] [data-rank="${rank}"]`);
const query = (page: Page, part: string) => until(`the address has ${part}`, () => page.url().includes(part));

/** E13: jump to a rank. */
test.each(["#500", "500", " # 500 "])("“%s” in the search box goes to rank 500", async (text) => {
  const page = await openPage(browser, `${house.url}?board=many`);
  await settled(page);
  await search(page, text);
  await inSight(page, 500);
  expect(await page.getAttribute('[data-rank="500"]', "aria-selected")).toBe("true");
  await query(page, "rank=500");
  await page.context().close();
});

test("a rank beyond the end leads to the end and says so", async () => {
  const page = await openPage(browser, `${house.url}?board=many`);
  await settled(page);
  await search(page, "99999");
  await inSight(page, 5000);
  expect(await words(page)).toBe("This board ends at #5,000.");
  await page.context().close();
});

/** E13: find somebody. */
test("an entity and a plain id are found, and who is not there is said", async () => {
  const page = await openPage(browser, `${house.url}?board=many`);
  await settled(page);
  await search(page, "p:1234");
  await inSight(page, 1234);
  expect(await page.getAttribute('[data-entity="p:1234"]', "class")).toContain("marked");
  await search(page, "n4321");
  await until("words say nobody", async () => (await words(page))?.startsWith("No “n4321” on this board (tried p:n4321)"));
  await search(page, "q:1");
  await until("words say who is not there", async () => (await words(page)) === "q:1 is not on this board.");
  await page.fill("#search", "x");
  expect(await words(page)).toBe("");
  await search(page, "Not An:id\u0007");
  await until("there are words", async () => (await words(page)) !== "");
  await page.context().close();
});

test("a plain name is tried on the platforms seen", async () => {
  await house.import("few", [["a:anna", 3], ["b:bob", 2], ["b:carl", 1]]);
  const page = await openPage(browser, `${house.url}?board=few`);
  await settled(page);
  await search(page, "bob");
  await page.waitForSelector('.marked[data-entity="b:bob"]');
  await house.import("few", falling(3, 0.25));
  await page.context().close();
});

/** E13: your own row stays at the edge, with its rank and the distance to the next. */
test("a pinned row is at the edge that it is beyond, and jumps", async () => {
  const page = await openPage(browser, `${house.url}?board=many&track_user=p:2500`);
  await page.waitForSelector('.pinned.below[data-pinned="p:2500"][data-rank-now="2500"]');
  await until("the distance is told", async () => (await page.textContent(".pinned .gap")) === "10 behind #2,499");
  expect(await page.textContent(".pinned .score")).toBe("25,010");
  await page.click(".pinned >> text=Jump");
  await inSight(page, 2500);
  await page.waitForSelector(".pinned", { state: "detached" });
  expect(await page.getAttribute('[data-rank="2500"]', "class")).toContain("mine");
  await search(page, "#4000");
  await page.waitForSelector(".pinned.above");
  await page.click(".pinned .close");
  await page.waitForSelector(".pinned", { state: "detached" });
  await until("the address has no pin", () => !page.url().includes("track_user"));
  await page.context().close();
});

/** E13: the jump follows the rank as it is, not as it was. */
test("after a jump the view follows until somebody scrolls", async () => {
  const page = await openPage(browser, `${house.url}?board=many&track_user=p:2500`);
  await page.waitForSelector('.pinned[data-rank-now="2500"]');
  await page.click(".pinned >> text=Jump");
  await inSight(page, 2500);
  const moved = falling(5000).map(([entity, score]) => [entity, entity === "p:2500" ? 49_005 : score] as const);
  await house.import("many", moved);
  await page.waitForSelector('[role=grid] [data-rank="101"][data-entity="p:2500"]');
  await page.mouse.move(700, 500);
  await page.mouse.wheel(0, 10);
  await until("it is on its way", async () => (await page.evaluate(() => document.querySelector(".scroller")!.scrollTop)) > 0);
  await house.import("many", falling(5000));
  await page.waitForSelector('.pinned.below[data-rank-now="2500"]');
  await page.context().close();
});

test("rows are pinned by their button, by the box and by a link, each at most once", async () => {
  const page = await openPage(browser, `${house.url}?board=few`);
  await settled(page);
  await page.click('[data-entity="p:2"] .pin');
  await page.waitForSelector('.mine[data-entity="p:2"]');
  await query(page, "track_user=p:2");
  await search(page, "p:9", "Pin");
  await page.waitForSelector('.pinned[data-pinned="p:9"]');
  expect(await page.textContent('[data-pinned="p:9"] .gap')).toBe("Not on this board yet");
  await search(page, "p:9", "Pin");
  await until("words say so", async () => (await words(page)) === "9 is pinned already.");
  await search(page, "#2", "Pin");
  await until("words say why not", async () => (await words(page))?.startsWith("A rank cannot be pinned"));
  await page.click('[data-entity="p:2"] .pin');
  await until("it is unpinned", () => !page.url().includes("track_user=p:2&") && page.url().includes("p:9"));
  const link = `${house.url}?board=few&${Array.from({ length: 16 }, (_, at) => `track_user=x:${at}`).join("&")}`;
  await page.goto(link);
  await settled(page);
  await page.click('[data-entity="p:1"] .pin');
  expect(await page.textContent(".notice")).toContain("16 rows are pinned");
  expect((await page.locator(".edge.below").boundingBox())!.height).toBeLessThan(200);
  await page.context().close();
});

/** E13: the address names what is seen, and leads there again. */
test("an address shows the same on another screen, and back and forward work", async () => {
  const page = await openPage(browser, `${house.url}`);
  await settled(page);
  await query(page, "?board=many");
  await search(page, "#3000");
  await inSight(page, 3000);
  await query(page, "rank=3000");
  await page.click('.tabs a:has-text("Few")');
  await page.waitForSelector('main[data-board="few"] [data-entity="p:3"]');
  expect(page.url()).toContain("board=few");
  expect(page.url()).not.toContain("rank=");
  expect(await page.textContent('[data-rank="3"] .score')).toBe("0.25");
  await page.goBack();
  await inSight(page, 3000);
  await page.goBack();
  await inSight(page, 1);
  await page.goForward();
  await inSight(page, 3000);
  const address = page.url();
  // In another order, so that it can be seen when the page has written it anew.
  const other = await openPage(browser, `${house.url}?rank=3000&board=many`, screens.phone);
  await inSight(other, 3000);
  await until("the address is written", () => !other.url().includes("rank=3000&"));
  expect(other.url()).toBe(address);
  await other.context().close();
  await page.context().close();
});
