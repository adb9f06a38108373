/** The page about the HTTP interface, as a relay serves it: what it shows, that it can be tried, and that it asks nobody else. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { falling, House, openBrowser, openPage, screens, until } from "../rig.ts";

const BOARDS = `[[board]]\nid = "chat"\ntitle = "Chat"\nunit = "points"\nscorer = "external"\n`;

let house: House;
let browser: Browser;

beforeAll(async () => {
  house = await House.open({ boards: BOARDS });
  await house.import("chat", falling(40));
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
});

/** S7: every route of the document is there, and can be tried. */
test("each route is shown and answers when it is tried, without the internet", async () => {
  const complaints: string[] = [];
  const asked = new Set<string>();
  const page = await openPage(browser, "about:blank", screens.desktop, complaints);
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  await page.goto(`${house.url}documentation`);
  const document = (await (await fetch(`${house.url}v1/openapi.json`)).json()) as { paths: Record<string, unknown> };
  const paths = Object.keys(document.paths);
  await page.waitForSelector(".opblock");
  expect(await page.locator(".opblock-summary-path").evaluateAll((all) => all.map((each) => each.getAttribute("data-path")))).toEqual(
    expect.arrayContaining(paths),
  );
  expect(await page.locator(".opblock").count()).toBe(paths.length);

  const rows = page.locator("#operations-Boards-rows");
  await rows.locator(".opblock-summary-control").click();
  await rows.locator('tr[data-param-name="to"] input').fill("3");
  await rows.locator("button.execute").click();
  const answer = rows.locator(".live-responses-table tbody .response-col_description pre").first();
  await answer.waitFor();
  expect(await rows.locator(".live-responses-table tbody .response-col_status").first().textContent()).toContain("200");
  expect(await answer.textContent()).toContain('"entity": "p:3"');
  expect(await answer.textContent()).not.toContain('"entity": "p:4"');
  expect([...asked]).toEqual([new URL(house.url).origin]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("it fits every screen in both schemes", async () => {
  for (const [name, screen] of Object.entries(screens)) {
    const page = await openPage(browser, `${house.url}documentation`, screen);
    await page.locator("#operations-Boards-rows .opblock-summary-control").click();
    await page.locator("#operations-Boards-rows button.execute").waitFor();
    for (const [colorScheme, ground] of [["dark", "rgb(12, 14, 17)"], ["light", "rgb(243, 244, 246)"]] as const) {
      await page.emulateMedia({ colorScheme });
      await until(`${name} is ${colorScheme}`, async () => (await page.evaluate(() => document.documentElement.classList.contains("dark-mode"))) === (colorScheme === "dark"));
      expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), name).toBe(ground);
      // A phone widens the page to what is in it, so its own width says nothing.
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `${name} ${colorScheme}`).toBeLessThanOrEqual(screen.viewport.width);
    }
    await page.context().close();
  }
});
