/** For everybody: keyboard, screen readers, small screens, little motion, and no complaints of the browser. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { violations } from "../axe.ts";
import { falling, House, openBrowser, openPage, screens, settled, until } from "../rig.ts";

const BOARDS = `[[board]]\nid = "many"\ntitle = "Many"\nunit = "points"\nscorer = "external"\n
[[board]]\nid = "empty"\ntitle = "Empty"\nunit = "points"\nscorer = "external"\n`;
const ROWS = 250_000;

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open({ boards: BOARDS });
  await house.import("many", [...falling(ROWS - 2), ["averylongplatformname:averyveryverylongnamethatgoesonandonandon", 7], ["p:last", 1]]);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

const active = (page: Page) =>
  page.evaluate(() => {
    const id = document.activeElement?.getAttribute("aria-activedescendant");
    const row = id == null ? null : document.getElementById(id);
    return row === null ? null : { index: row.getAttribute("aria-rowindex"), selected: row.getAttribute("aria-selected") };
  });

/** E13: the keyboard moves over the whole board. */
test("keys move row by row, page by page, and to both ends", async () => {
  const page = await openPage(browser, `${house.url}?board=many`);
  await settled(page);
  await page.focus("[role=grid]");
  const press = async (key: string, rank: number) => {
    await page.keyboard.press(key);
    await until(`${key} leads to ${rank}`, async () => (await active(page))?.index === String(rank + 1));
    await page.waitForSelector(`[role=grid][data-complete=true] [data-rank="${rank}"]`);
    const box = (await page.locator(`[data-rank="${rank}"]`).boundingBox())!;
    const table = (await page.locator(".rows").boundingBox())!;
    expect(box.y).toBeGreaterThanOrEqual(table.y - 1);
    expect(box.y + box.height).toBeLessThanOrEqual(table.y + table.height + 1);
  };
  await press("ArrowDown", 1);
  await press("ArrowDown", 2);
  await press("ArrowUp", 1);
  await press("ArrowUp", 1);
  await press("End", ROWS);
  await press("ArrowUp", ROWS - 1);
  await press("Home", 1);
  for (let rank = 2; rank <= 30; rank++) await press("ArrowDown", rank);
  await page.keyboard.press("PageDown");
  await until("a page is gone", async () => Number((await active(page))?.index) > 40);
  await press("Home", 1);
  await press("ArrowDown", 2);
  await page.keyboard.press("Enter");
  await page.waitForSelector('.mine[data-rank="2"]');
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("search");
  await page.keyboard.type("/77");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("#777");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-rank="777"]');
  await page.context().close();
});

const looks: [string, BrowserContextOptions][] = [
  ["desktop, light", { ...screens.desktop, colorScheme: "light" }],
  ["desktop, dark", { ...screens.desktop, colorScheme: "dark" }],
  ["phone, light", { ...screens.phone, colorScheme: "light" }],
  ["phone, dark", { ...screens.phone, colorScheme: "dark" }],
];

/** E13: no violations that axe knows of. */
test.each(looks)("axe finds nothing: %s", async (_, options) => {
  const places = ["?board=many&track_user=p:9&track_user=p:70000&track_user=q:1&rank=500", "?board=many&track_user=p:2", "?board=empty", "?board=none"];
  for (const place of places) {
    const page = await openPage(browser, house.url + place, { ...options, bypassCSP: true });
    await page.waitForSelector(place.includes("many") ? "[role=grid][data-complete=true]" : ".nothing");
    if (place.includes("q:1")) await page.waitForSelector(".pinned.absent");
    expect(await violations(page), place).toEqual([]);
    await page.context().close();
  }
});

/** E13: phone width. */
test.each(Object.entries(screens))("%s: nothing is wider than the screen", async (_, options) => {
  const page = await openPage(browser, `${house.url}?board=many&track_user=p:9&rank=${ROWS}`, options);
  await settled(page);
  const widths = await page.evaluate(() => {
    const scroller = document.querySelector(".scroller")!;
    return [document.documentElement.scrollWidth - innerWidth, scroller.scrollWidth - scroller.clientWidth];
  });
  expect(widths).toEqual([0, 0]);
  const long = await page.evaluate(() => {
    const row = document.querySelector('[data-entity^="averylong"]')!;
    return { name: row.querySelector(".who")!.getBoundingClientRect().right, score: row.querySelector(".score")!.getBoundingClientRect().left };
  });
  expect(long.name).toBeLessThanOrEqual(long.score);
  await page.context().close();
});

/** E13: nothing jumps when data comes. */
test("nothing shifts while the page comes up", async () => {
  const context = await browser.newContext(screens.desktop);
  const page = await context.newPage();
  await page.addInitScript(() => {
    Object.assign(window, { shifts: [] });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; sources: { node: Node | null }[] }[]) {
        const where = entry.sources.map(({ node }) => (node instanceof Element ? node.className || node.tagName : node?.nodeName)).join(",");
        (window as unknown as { shifts: string[] }).shifts.push(`${entry.value.toFixed(4)} ${where}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${house.url}?board=many&track_user=p:9&rank=500`);
  await settled(page);
  await page.waitForSelector(".pinned");
  const shifts = await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts);
  const sum = shifts.reduce((all, shift) => all + Number.parseFloat(shift), 0);
  expect(sum, shifts.join("\n")).toBeLessThan(0.02);
  await context.close();
});

/** E13: whoever asks for no motion gets none. */
test("with reduced motion nothing glides or counts", async () => {
  const page = await openPage(browser, `${house.url}?board=many`, { ...screens.desktop, reducedMotion: "reduce" });
  await settled(page);
  await page.evaluate(() => {
    Object.assign(window, { moved: 0 });
    Element.prototype.animate = () => {
      (window as unknown as { moved: number }).moved += 1;
      throw new Error("no motion was asked for");
    };
  });
  const rows = falling(ROWS).map(([entity, score]) => [entity, entity === "p:5" ? score + 5000 : score] as const);
  await house.import("many", rows);
  await page.waitForSelector('[data-rank="1"][data-entity="p:5"]');
  expect(await page.textContent('[data-rank="1"] .score')).toBe(((ROWS - 4) * 10 + 5000).toLocaleString("en"));
  expect(await page.evaluate(() => (window as unknown as { moved: number }).moved)).toBe(0);
  await page.context().close();
});
