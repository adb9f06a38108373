/** Pictures of the pages for people to look at, in `web/screenshots`. They are compared with nothing. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { House, openBrowser, openPage, screens, settled } from "../rig.ts";
import type { ImportedRow } from "../rig.ts";

const folder = fileURLToPath(new URL("../../screenshots/", import.meta.url));
const BOARDS = `[[board]]\nid = "messages"\ntitle = "Messages"\n
[[board]]\nid = "support"\ntitle = "Support"\nunit = "points"\ndecimals = 2\npoints = 0.05\n
[[board]]\nid = "million"\ntitle = "All time"\nunit = "points"\nscorer = "external"\n
[[board]]\nid = "cup"\ntitle = "Autumn Cup"\nunit = "wins"\nscorer = "external"\n`;

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open({ boards: BOARDS, rate: 400 });
  const rows = Array.from({ length: 1_000_000 }, (_, at): ImportedRow => [
    `${["twitch", "youtube", "irc"][(at * 7) % 3]}:${20_000_000 + ((at * 7919) % 80_000_000)}`,
    Math.floor(2_000_000 / (at + 1) ** 0.6) + Math.floor((1_000_000 - at) / 40),
  ]);
  await house.import("million", rows);
  browser = await openBrowser();
  await mkdir(folder, { recursive: true });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

async function take(name: string, query: string, options: BrowserContextOptions, before: (page: Page) => Promise<void> = async (page) => void (await settled(page))): Promise<void> {
  const page = await openPage(browser, house.url + query, options);
  await before(page);
  const picture = await page.screenshot({ path: `${folder}${name}.png` });
  expect(picture.length).toBeGreaterThan(1000);
  await page.context().close();
}

const dark = { colorScheme: "dark" } as const;
const { desktop, tablet, phone } = screens;
const pinned = async (page: Page) => {
  await settled(page);
  await page.waitForSelector(".pinned .gap:not(:empty)");
};

test("live boards", async () => {
  await take("desktop", "?board=messages", desktop);
  await take("desktop-dark", "?board=messages&track_user=demo:11", { ...desktop, ...dark }, pinned);
  await take("tablet", "?board=support&track_user=demo:11", tablet, pinned);
  await take("phone", "?board=messages&track_user=demo:11", phone, pinned);
  await take("phone-dark", "?board=support&track_user=demo:11&rank=120", { ...phone, ...dark }, pinned);
});

test("a million rows", async () => {
  const me = "youtube:20007919";
  await take("million", "?board=million", desktop);
  await take("million-middle", `?board=million&rank=500000&track_user=${me}`, { ...desktop, ...dark }, pinned);
  await take("million-phone", `?board=million&rank=1000000&track_user=${me}`, phone, pinned);
  await take("placeholders", "?board=million", desktop, async (page) => {
    await settled(page);
    await house.killRelay();
    await page.waitForSelector('.status[data-state="offline"]');
    await page.evaluate(() => document.querySelector(".scroller")!.scrollTo(0, 3_000_000));
    await page.waitForSelector(".waiting");
  });
  await house.startRelay();
});

test("nothing there", async () => {
  const nothing = async (page: Page) => void (await page.waitForSelector(".nothing"));
  await take("empty", "?board=cup", desktop, nothing);
  await take("empty-phone-dark", "?board=cup", { ...phone, ...dark }, nothing);
  await take("absent", "?board=summer-cup", desktop, nothing);
  await take("not-found", "?board=messages", phone, async (page) => {
    await settled(page);
    await page.fill("#search", "somebody");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector(".search .words")!.textContent!.startsWith("No “"));
  });
});

test("without a connection", async () => {
  const state = (kind: string) => async (page: Page) => void (await page.waitForSelector(`.status[data-state="${kind}"]`));
  await take("stale", "?board=messages", desktop, async (page) => {
    await settled(page);
    await house.killCore();
    await state("stale")(page);
  });
  await take("stale-phone", "?board=messages", { ...phone, ...dark }, state("stale"));
  await take("offline", "?board=messages&track_user=demo:11", desktop, async (page) => {
    await pinned(page);
    await house.killRelay();
    await state("offline")(page);
  });
});
