/** The operator's page, of a core and of a relay: what it shows is what is so, and it is on the private listener only. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { violations } from "../axe.ts";
import { House, openBrowser, openPage, screens, settled, until } from "../rig.ts";
import { Hall } from "../overlay/hall.ts";
import { Stage } from "../system/stage.ts";
import { Chat } from "./chat.ts";

const BOARDS = `statistics = true\n[[board]]\nid = "chat"\ntitle = "Chat"\n`;
const ANN = { id: 1, name: "Ann" };

let chat: Chat;
let house: House;
let browser: Browser;

beforeAll(async () => {
  chat = await Chat.open();
  const away = `[[source]]\nname = "away"\nkind = "http-stream"\nurl = "http://127.0.0.1:9/"\n`;
  house = await House.open({ boards: `${BOARDS}${chat.source}${away}`, metrics: true });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.close();
  chat?.close();
});

const row = (page: Page, section: string, name: string) => page.locator(`[data-section="${section}"] [data-row="${name}"]`);
const text = async (page: Page, section: string, name: string) => (await row(page, section, name).textContent({ timeout: 5000 }).catch(() => null)) ?? "";

/** E17: sources, boards and links of a core, live. */
test("a core shows its sources, boards and links, and what could not be read", async () => {
  const complaints: string[] = [];
  const page = await openPage(browser, `http://${house.metrics[0]}/status`, screens.desktop, complaints);
  await until("the source is connected", async () => (await text(page, "Sources", "chat")).includes("● Connected"));
  await until("the other is not, and says why", async () => /○ Not connected.*Last error: /.test(await text(page, "Sources", "away")));
  const talk = setInterval(() => chat.say(ANN, "hello there", 5), 100);
  try {
    await until("events are counted", async () => /[1-9][\d.]* events\/s/.test(await text(page, "Sources", "chat")));
    await until("changes are counted by board", async () => /1 rows[1-9][\d.]* changes\/s/.test(await text(page, "Boards", "chat")));
    await until("the chart is drawn", async () => ((await row(page, "Boards", "chat").locator(".stroke").getAttribute("d")) ?? "").includes("L"));
  } finally {
    clearInterval(talk);
  }
  await until("the link is level", async () => (await text(page, "Relays below", "Of the core")).includes("1 level0 lagging"));
  chat.write("event: privmsg\nse-data: {oops <b>}\n\n");
  await until("what could not be read is there as it came", async () => (await page.locator(".failed li").allTextContents()).some((each) => each.includes("oops <b>")));
  expect(complaints).toEqual([]);
  await page.context().close();
});

/** E17: clients and traffic of a relay, live; and that it is out of date when it is. */
test("a relay shows its clients, what it sends, and that its core is gone", async () => {
  const page = await openPage(browser, `http://${house.metrics[1]}/status`);
  await until("nobody is there", async () => (await text(page, "Relay of this process", "Clients")).includes("0 connected"));
  const visitor = await openPage(browser, `${house.url}?board=chat`);
  await settled(visitor);
  await until("somebody is there", async () => (await text(page, "Relay of this process", "Clients")).includes("1 connected"));
  expect(await page.locator('[data-section="Sources"]').count()).toBe(0);
  await house.killCore();
  await until("the link is gone", async () => /○ Not connected.*[1-9][\d.,]* s behind/.test(await text(page, "Relay of this process", "Link to upstream")));
  await house.startCore();
  await until("the link is back", async () => (await text(page, "Relay of this process", "Link to upstream")).includes("● Connected0 s behind"));
  await house.killRelay();
  await until("the page says that nobody answers", async () => /^No answer for \d+ s/.test((await page.textContent("#state")) ?? ""));
  expect(await page.textContent("#state")).toMatch(/What is shown is older/);
  await house.startRelay();
  await until("it goes on", async () => (await page.textContent("#state")) === "Live");
  await visitor.context().close();
  await page.context().close();
});

/** E17: meets of a core that keeps some, and how long ago a desk was answered. */
test("a core shows its meets", async (context) => {
  const hall = await Hall.open(new Stage(context));
  const page = await openPage(browser, `${await hall.core.address("metrics")}/status`);
  const meets = () => text(page, "Meets", "Meets");
  await until("the meet and its desk are there", async () => (await meets()).includes("1 under way0 finished1 desks and displays0 waiting"));
  await hall.set({ "meet.name": "Autumn Open" });
  await until("the desk was answered just now", async () => Number(/([\d.]+) s since the last answer/.exec(await meets())?.[1]) < 5);
  await page.context().close();
});

test("it is not to be had where the public is", async () => {
  for (const path of ["status", "status.html", "status/status.js", "metrics"]) expect((await fetch(house.url + path)).status, path).toBe(404);
});

/** E13: it fits each screen, and axe finds nothing. */
test.each(Object.entries(screens))("%s: it fits in both schemes", async (_, screen) => {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await openPage(browser, `http://${house.metrics[0]}/status`, { ...screen, colorScheme, bypassCSP: true });
    await page.waitForSelector("[data-section=Boards] [data-row=chat]");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.viewport.width);
    expect(await violations(page), colorScheme).toEqual([]);
    await page.context().close();
  }
});

test("the numbers are read as they are written", async () => {
  const page = await openPage(browser, `http://${house.metrics[0]}/status`);
  const text = '# HELP x y\nx_total{source="a",error="say \\"hi\\"\\n{there}, b=\\"c\\""} 12\ny 1.5\nz{le="+Inf"} 3\n# EOF\n';
  // As text: the page imports it, and not whoever runs this test.
  const read = await page.evaluate(`import("/status/status.js").then(({ parse, paths }) => ({
    lines: parse(${JSON.stringify(text)}), broken: paths([1, 2, null, null, 1]), empty: paths([null, null]),
  }))`);
  expect(read).toEqual({
    lines: [
      { name: "x_total", labels: { source: "a", error: 'say "hi"\n{there}, b="c"' }, value: 12 },
      { name: "y", labels: {}, value: 1.5 },
      { name: "z", labels: { le: "+Inf" }, value: 3 },
    ],
    broken: { line: "M0.0 20.5L25.0 2.0M100.0 20.5", area: "M0.0 20.5L25.0 2.0L25.0 40L0.0 40ZM100.0 20.5L100.0 40L100.0 40Z" },
    empty: { line: "", area: "" },
  });
  await page.context().close();
});
