/**
 * Pictures of the meet desk for people to look at, in `web/screenshots`, and those of docs/three-laptops.md:
 * `npm run screenshots -w web -- desk` takes them anew. They are compared with nothing.
 */
import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { openDesk, serve } from "../desk/page.ts";
import type { Source } from "../desk/page.ts";
import { openBrowser, screens } from "../rig.ts";

const folder = fileURLToPath(new URL("../../screenshots/", import.meta.url));
/** Where those of the documentation go, and which. */
const docs = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));
const DOCUMENTED = ["start", "share", "weigh-in", "lifting", "lifting-offline", "results"];
const { desktop, tablet, phone } = screens;
const dark = { colorScheme: "dark" } as const;

let source: Source;
let browser: Browser;

beforeAll(async () => {
  [source, browser] = await Promise.all([serve(), openBrowser()]);
  await mkdir(folder, { recursive: true });
});
afterAll(async () => {
  await browser?.close();
  await source?.server.close();
});

async function take(name: string, part: string | null, options: BrowserContextOptions, before?: (page: Page) => Promise<unknown>): Promise<void> {
  const page = await openDesk(browser, source, part, options);
  await before?.(page);
  const picture = await page.screenshot({ path: `${folder}desk-${name}.png`, fullPage: part !== "lifting" });
  expect(picture.length).toBeGreaterThan(1000);
  if (DOCUMENTED.includes(name)) await copyFile(`${folder}desk-${name}.png`, `${docs}desk-${name}.png`);
  await page.context().close();
}

const link = (page: Page) => page.getByRole("button", { name: "Make a link" }).click();
const edit = (page: Page) => page.locator(".listing tbody button").nth(2).click();
const offline = (page: Page) =>
  page.evaluate(() => {
    const meet = window.testing.meet!;
    meet.state.set({ ...meet.state.getSnapshot(), kind: "offline" });
    meet.pending.set({ count: 4, heldUp: null, saved: true });
    meet.keeping.set({ kind: "best-effort", warning: "This browser may clear what is kept here when its disk is full. Do not close the window before all is sent." });
    meet.overruled.set([{ line: 1, path: "registration.entries[5000].squat[2]", mine: { kg: 130, result: "open" }, why: "overruled", stands: { kg: 127.5, result: "open" }, location: "Weigh-in" }]);
  });

test("before there is a meet", async () => {
  await take("start", null, desktop);
  await take("start-phone-dark", null, { ...phone, ...dark });
});

test("lifting", async () => {
  await take("lifting", "lifting", desktop);
  await take("lifting-dark", "lifting", { ...desktop, ...dark });
  await take("lifting-tablet", "lifting", tablet);
  await take("lifting-phone", "lifting", phone);
  await take("lifting-offline", "lifting", desktop, offline);
  await take("lifting-offline-phone-dark", "lifting", { ...phone, ...dark }, offline);
});

const become = (kind: "elsewhere" | "closed" | "live", finished = false) => (page: Page) =>
  page.evaluate(([to, over]) => {
    const meet = window.testing.meet!;
    const error = to === "closed" ? Object.assign(new Error("this browser has no more room to keep what is set; make some on the disk"), { code: "no-space" }) : null;
    meet.state.set({ ...meet.state.getSnapshot(), kind: to, finished: over, error: error as never });
  }, [kind, finished] as const);

test("what cannot take anything", async () => {
  await take("elsewhere", "lifting", desktop, become("elsewhere"));
  await take("elsewhere-phone-dark", "lifting", { ...phone, ...dark }, become("elsewhere"));
  await take("closed", "lifting", desktop, become("closed"));
  await take("finished", "lifting", desktop, become("live", true));
  await take("finished-entries-tablet-dark", "entries", { ...tablet, ...dark }, async (page) => {
    await edit(page);
    await become("live", true)(page);
  });
  await take("unanswered-phone", null, phone, async (page) => {
    await page.goto(`${page.url()}?unanswered`);
    await page.getByText("A meet that was being made").scrollIntoViewIfNeeded();
  });
});

test("the other parts", async () => {
  await take("weigh-in", "weigh-in", desktop);
  await take("weigh-in-phone", "weigh-in", phone);
  await take("entries", "entries", desktop, edit);
  await take("entries-tablet-dark", "entries", { ...tablet, ...dark }, edit);
  await take("results", "results", desktop);
  await take("meet", "meet", desktop);
  await take("share", "share", desktop, link);
  await take("share-phone-dark", "share", { ...phone, ...dark }, link);
});
