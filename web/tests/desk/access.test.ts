/** Everybody can use the desk: nothing for axe to find, light or dark, no page wider than its screen, and targets large enough for cold hands. */
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { openBrowser, screens } from "../rig.ts";
import { openDesk, serve } from "./page.ts";
import type { Source } from "./page.ts";

let source: Source;
let browser: Browser;

beforeAll(async () => {
  [source, browser] = await Promise.all([serve(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await source.server.close();
});

const PARTS = [null, "lifting", "weigh-in", "entries", "results", "meet", "share"] as const;

/** What axe finds, as one line each. */
async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.split("\n")[1] ?? ""}`));
  });
}

/** Everything that can be shown on top: notices, an entry being edited, a link of an overlay. */
async function dress(page: Page, part: string | null): Promise<void> {
  if (part === "entries") await page.locator(".listing tbody button").first().click();
  if (part === "share") await page.getByRole("button", { name: "Make a link" }).click();
  if (part !== "lifting") return;
  await page.evaluate(() => {
    const meet = window.testing.meet!;
    meet.keeping.set({ kind: "best-effort", warning: "This browser may clear what is kept here when its disk is full." });
    meet.state.set({ ...meet.state.getSnapshot(), kind: "offline" });
    meet.pending.set({ count: 4, heldUp: null, saved: true });
    meet.overruled.set([{ line: 1, path: "registration.entries[5000].squat[2]", mine: { kg: 130, result: "open" }, why: "overruled", stands: { kg: 127.5, result: "open" }, location: "Weigh-in" }]);
  });
  await page.getByRole("region", { name: "Changes that do not stand" }).waitFor();
}

/** L15: on the desk and on the overlay's settings. */
test.each(["light", "dark"] as const)("axe finds nothing, %s", async (colorScheme) => {
  const page = await openDesk(browser, source, null, { ...screens.desktop, colorScheme });
  for (const part of PARTS) {
    if (part !== null) await page.goto(`${source.url}?filled&meet=123456789&part=${part}#${part}`);
    if (part !== null) await page.waitForSelector(".deskhead");
    await dress(page, part);
    expect(await findings(page), part ?? "start").toEqual([]);
  }
  await page.goto(`${source.url}?filled&meet=123456789#entries`);
  await page.locator(".listing tbody button").first().click();
  for (const [kind, finished] of [["live", true], ["closed", false], ["elsewhere", false]] as const) {
    await page.evaluate(([to, over]) => window.testing.meet!.state.set({ ...window.testing.meet!.state.getSnapshot(), kind: to, finished: over }), [kind, finished] as const);
    await page.waitForSelector(finished ? ".banner.over" : `.state[data-state=${kind}]`);
    expect(await findings(page), finished ? "finished" : kind).toEqual([]);
  }
  await page.context().close();
});

test.each(["phone", "tablet"] as const)("no part is wider than a %s, and targets are large", async (screen) => {
  const page = await openDesk(browser, source, null, screens[screen]);
  for (const part of PARTS) {
    if (part !== null) await page.goto(`${source.url}?filled&meet=123456789&part=${part}#${part}`);
    if (part !== null) await page.waitForSelector(".deskhead");
    await dress(page, part);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), part ?? "start").toBeLessThanOrEqual(0);
    const small = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>("button:not(.plain), select, input:not([type=checkbox]):not([type=color])")]
      .filter((one) => one.offsetParent !== null && one.offsetHeight < 36).map((one) => one.outerHTML.slice(0, 120)));
    expect(small, part ?? "start").toEqual([]);
  }
  await page.context().close();
});
