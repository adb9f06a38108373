/** Names, pictures, badges and ranks gained on boards, and people found by name: from a chat, by a real core and relay. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { violations } from "../axe.ts";
import { falling, House, openBrowser, screens, settled, until } from "../rig.ts";
import { Chat } from "./chat.ts";

const ADA = { id: 1, name: "Ännchen", badges: "moderator/1,partner/1" };
const BEN = { id: 2, name: "Ben" };
const CROWD = Array.from({ length: 30 }, (_, at) => ({ id: 100 + at, name: `Ann${String(at).padStart(2, "0")}` }));
const boards = `statistics = true\n[[board]]\nid = "chat"\ntitle = "Chat"\n
[[board]]\nid = "emotes"\ntitle = "Emotes"\nscorer = "emotes"\n
[[board]]\nid = "many"\ntitle = "Many"\nscorer = "external"\n`;
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");

let chat: Chat;
let house: House;
let browser: Browser;

beforeAll(async () => {
  chat = await Chat.open();
  house = await House.open({ boards: `${boards}${chat.source}` });
  await house.import("many", falling(3000));
  chat.say(ADA, "Kappa hello", 40, "25:0-4");
  chat.say(BEN, "hello", 30);
  CROWD.forEach((each, at) => chat.say(each, "hi", 29 - Math.floor(at / 2)));
  browser = await openBrowser();
  await until("all was counted", async () => {
    const told = (await (await fetch(`${house.url}v1/boards/chat/rows?to=40`)).json()) as { rows: { units: number }[] };
    return told.rows.length === 32 && told.rows.reduce((sum, { units }) => sum + units, 0) === 70 + CROWD.reduce((sum, _, at) => sum + 29 - Math.floor(at / 2), 0);
  });
  // Before any page looks: a relay remembers for a while what it was told.
  await house.remember("chat");
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
  chat?.close();
});

/** What a page asked for over HTTP. */
interface Asked {
  readonly page: Page;
  readonly profiles: string[][];
  readonly searches: string[];
  readonly pictures: string[];
}

/** A page with pictures that are not those of the world. */
async function open(query: string, options: BrowserContextOptions = screens.desktop, pictures: "there" | "broken" = "there"): Promise<Asked> {
  const context = await browser.newContext({ ...options, bypassCSP: true });
  const asked: Asked = { page: await context.newPage(), profiles: [], searches: [], pictures: [] };
  await context.route(/^https:/, async (route) => {
    asked.pictures.push(route.request().headers()["referer"] ?? "");
    if (pictures === "there") await route.fulfill({ body: PIXEL, contentType: "image/png" });
    else await route.abort();
  });
  asked.page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === "/v1/profiles") asked.profiles.push(searchParams.get("ids")!.split(","));
    if (pathname.endsWith("/search")) asked.searches.push(searchParams.get("name")!);
  });
  await asked.page.goto(house.url + query);
  await settled(asked.page);
  return asked;
}

const named = (page: Page, entity: string, name: string) =>
  until(`${entity} is called ${name}`, async () => (await page.textContent(`[data-entity="${entity}"] .name`)) === name);

/** E8, E9: names, badges and pictures of what is in sight. */
test("rows have the names and badges that the chat has for them, and emotes their pictures", async () => {
  const { page, profiles } = await open("?board=chat&track_user=twitch:129");
  await named(page, "twitch:1", "Ännchen");
  await named(page, "twitch:2", "Ben");
  expect(await page.locator('[data-entity="twitch:1"] .chip').evaluateAll((all) => all.map((chip) => [chip.textContent, (chip as HTMLElement).title]))).toEqual([
    ["Mod", "moderator"], ["Partner", "partner"],
  ]);
  await until("the pinned row is named", async () => (await page.textContent(".pinned .name"))?.startsWith("Ann29"));
  expect(profiles.length).toBeLessThanOrEqual(4);
  await page.click('.tabs a:has-text("Emotes")');
  await named(page, "emote:twitch:25", "Kappa");
  await page.waitForSelector('[data-entity="emote:twitch:25"] .avatar.pictured img');
  await page.context().close();
});

/** E8: only of rows that were in sight, each once, a few requests for many rows. */
test("profiles are asked for as rows come into sight, and never of all", async () => {
  const { page, profiles } = await open("?board=many");
  await until("the rows in sight were asked for", () => profiles.flat().includes("p:1"));
  for (const rank of [500, 1500, 2500]) {
    await page.fill("#search", `#${rank}`);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`[role=grid][data-complete=true] [data-rank="${rank}"]`);
    await until(`${rank} was asked for`, () => profiles.flat().includes(`p:${rank}`));
  }
  const all = profiles.flat();
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeLessThan(400);
  expect(profiles.length).toBeLessThan(30);
  await page.context().close();
});

test("a picture tells its server nothing, keeps its place, and leaves a sign where it cannot be had", async () => {
  const { page, pictures } = await open("?board=emotes", screens.desktop, "broken");
  const avatar = page.locator('[data-entity="emote:twitch:25"] .avatar');
  const before = (await avatar.boundingBox())!;
  await named(page, "emote:twitch:25", "Kappa");
  await until("the picture was asked for", () => pictures.length > 0);
  await until("it is gone again", async () => (await avatar.locator("img").count()) === 0);
  expect(await avatar.getAttribute("data-sign")).toBe("K");
  expect((await avatar.boundingBox())!).toMatchObject({ width: before.width, height: before.height });
  expect(pictures).toEqual([""]);
  await page.context().close();
});

/** E4: change of rank since the last export. */
test("after an export that is remembered, rows say how far they have risen since", async () => {
  const { page } = await open("?board=chat");
  await until("ranks are told", async () => (await page.textContent(".heads .moved"))?.includes("last export"));
  chat.say(BEN, "hello", 20);
  await page.waitForSelector('[data-rank="1"][data-entity="twitch:2"]');
  await until("Ben has risen", async () => (await page.getAttribute('[data-entity="twitch:2"] .moved', "aria-label")) === "up 1 since the last export");
  expect(await page.textContent('[data-entity="twitch:2"] .moved')).toBe("▲1");
  expect(await page.getAttribute('[data-entity="twitch:1"] .moved', "aria-label")).toBe("down 1 since the last export");
  expect(await page.textContent('[data-entity="twitch:101"] .moved')).toBe("");
  await page.context().close();
});

/** E13: find somebody by name. */
test("names are found while they are written, whatever their case and accents, and chosen by key", async () => {
  const { page, searches } = await open("?board=chat");
  await page.focus("#search");
  await page.keyboard.type("ann");
  await page.waitForSelector("#found-0");
  expect(searches).toEqual(["ann"]);
  expect(await page.getAttribute('[role="option"]:first-of-type', "data-found")).toBe("twitch:1");
  expect(await page.locator("[role=option]").count()).toBe(16);
  expect(await page.textContent(".search .words")).toBe("The first 16 of more: write on.");
  await until("the address keeps it", () => page.url().includes("search=ann"));
  expect(await violations(page)).toEqual([]);
  await page.keyboard.type("2");
  await until("fewer are found", async () => (await page.locator("[role=option]").count()) === 10);
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowDown");
  const active = await page.getAttribute("#search", "aria-activedescendant");
  expect(active).toBe("found-2");
  const chosen = (await page.getAttribute(`#${active}`, "data-found"))!;
  await page.keyboard.press("Enter");
  await page.waitForSelector(`.marked[data-entity="${chosen}"]`);
  expect(await page.locator("[role=option]").count()).toBe(0);
  await until("the address names the place", () => !page.url().includes("search="));
  await page.context().close();
});

test("a link to a search shows it, Escape ends it, and nobody of that name is said", async () => {
  const { page } = await open("?board=chat&search=BE");
  await page.waitForSelector('[data-found="twitch:2"]');
  expect(await page.inputValue("#search")).toBe("BE");
  await page.focus("#search");
  await page.keyboard.press("Escape");
  await until("the list is gone", async () => (await page.locator("[role=option]").count()) === 0);
  await page.fill("#search", "zzz");
  await until("words say so", async () => (await page.textContent(".search .words")) === "No name here begins with “zzz”.");
  await page.fill("#search", "ben");
  await page.click('[data-found="twitch:2"]');
  await page.waitForSelector('.marked[data-entity="twitch:2"]');
  await page.fill("#search", "ännchen");
  await page.waitForSelector('[data-found="twitch:1"]');
  await page.click('.search button:text-is("Pin")');
  await until("who was found is pinned", () => page.url().includes("track_user=twitch:1"));
  await page.context().close();
});

/** E13: nothing jumps when names come, nothing is too wide, and axe finds nothing. */
test.each(Object.entries(screens))("%s: names come without a jump, and fit", async (_, screen) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await open("?board=chat&track_user=twitch:129", { ...screen, colorScheme });
    await named(page, "twitch:1", "Ännchen");
    const shifted = await page.evaluate(() => new Promise<number>((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, entry) => sum + (entry as unknown as { value: number }).value, 0))).observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)));
    }));
    expect(shifted).toBeLessThan(0.05);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.viewport.width);
    expect(await violations(page), colorScheme).toEqual([]);
    await page.context().close();
  }
});
