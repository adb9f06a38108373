/** The built desk at a real relay and core: two browsers run a small meet, one reloads without a network, and results are published. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestContext } from "vitest";

import { openBrowser, openPage, screens, until } from "../rig.ts";
import { ready, scorelay, startEdge } from "../system/house.ts";
import type { Program } from "../system/stage.ts";
import { Stage, freePort } from "../system/stage.ts";

let browser: Browser;
const PASSWORD = "correct horse battery";

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

/** A core with meets and a relay with the pages. */
async function house(context: TestContext): Promise<{ readonly url: string; readonly startEdge: () => Promise<Program> }> {
  const stage = new Stage(context);
  const port = await freePort();
  const link = `unix:${stage.folder}/link`;
  stage.write("core.toml", '[meets]\nkey_file = "receipts.key"\n');
  const core = stage.start(scorelay(), "serve", "--config", "core.toml", "--data", "data", "--listen", "none", "--link", link, "--metrics", "127.0.0.1:0");
  await ready(await core.address("metrics"));
  const start = async () => {
    const edge = startEdge(stage, link, port);
    await ready(await edge.address("metrics"));
    return edge;
  };
  return { url: `http://127.0.0.1:${port}/desk`, startEdge: start };
}

async function goLive(page: Page): Promise<string> {
  await page.getByLabel("Name of the meet").fill("Harbour Open");
  await page.getByLabel("Date").fill("2026-11-21");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Go live" }).click();
  await page.waitForSelector(".deskhead");
  return new URL(page.url()).searchParams.get("meet")!;
}

async function join(page: Page): Promise<void> {
  await page.getByLabel("This laptop’s location").fill("Weigh-in");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.waitForSelector(".deskhead");
}

async function enter(page: Page, names: readonly string[]): Promise<void> {
  await part(page, "Entries");
  await page.getByRole("button", { name: "Add an entry" }).click();
  const form = page.getByRole("form", { name: "New entry" });
  for (const name of names) {
    await form.getByLabel("Name").fill(name);
    await form.getByLabel("Name").press("Enter");
    await page.getByRole("button", { name, exact: true }).waitFor();
  }
}

const part = (page: Page, name: string) => page.getByRole("navigation").getByRole("link", { name }).click();
const state = (page: Page) => page.locator(".state").innerText();
const live = (page: Page) => until("all has arrived", async () => (await state(page)) === "Live");

async function fill(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByLabel(label);
  await field.fill(text);
  await field.press("Enter");
}

/** L1, L2, L5, L15: two desks run a meet to its published results. */
test("two desks make, join, lift and publish", async (context) => {
  const { url, startEdge: start } = await house(context);
  await start();
  const complaints: string[] = [];
  const platform = await openPage(browser, url, screens.desktop, complaints);
  const meet = await goLive(platform);
  expect(meet).toMatch(/^\d{9}$/);
  await live(platform);
  const weighIn = await openPage(browser, `${url}?meet=${meet}`, screens.desktop, complaints);
  await join(weighIn);
  expect(await weighIn.locator("h1").innerText()).toBe("Harbour Open");

  await enter(weighIn, ["Ada Brandt", "Mara Lindqvist"]);
  await part(weighIn, "Weigh-in");
  await fill(weighIn, "Body weight of Ada Brandt", "60.5");
  await fill(weighIn, "Body weight of Mara Lindqvist", "58");
  for (const [lift, kg] of [["squat", 100], ["bench press", 60], ["deadlift", 120]] as const) {
    await fill(weighIn, `Ada Brandt, ${lift} 1`, String(kg));
    await fill(weighIn, `Mara Lindqvist, ${lift} 1`, String(kg + 2.5));
  }
  for (const lift of ["Squat", "Bench press", "Deadlift"]) {
    await part(platform, "Lifting");
    await platform.getByRole("button", { name: lift, exact: true }).click();
    for (const name of ["Ada Brandt", "Mara Lindqvist"]) {
      await until(`${name} is on the platform`, async () => (await platform.locator(".strip h2").innerText()) === name);
      await platform.keyboard.press("g");
    }
    await platform.locator(".strip.idle").waitFor();
  }
  await part(weighIn, "Results");
  await until("the other desk has the results", async () => (await weighIn.locator("[data-place='1']").innerText()).includes("287.5"));

  // Only the location that made the meet publishes.
  await live(platform);
  await live(weighIn);
  await weighIn.getByLabel("Return address").fill("somebody@example.com");
  await weighIn.getByRole("button", { name: "Publish and finish" }).click();
  await weighIn.locator(".publish .banner.trouble").waitFor();
  await part(platform, "Results");
  await platform.getByLabel("Return address").fill("director@example.com");
  await platform.getByRole("button", { name: "Publish and finish" }).click();
  await platform.locator(".publish .banner").waitFor();
  const force = platform.getByRole("button", { name: "Publish without their changes" });
  if (await force.isVisible()) await force.click();
  await platform.locator(".publish .banner.fine").waitFor();
  await until("the other desk knows that it is finished", async () => (await state(weighIn)).includes("finished"));
  expect(complaints).toEqual([]);
});

/** L7, L9, L15: what is entered without a network survives a reload, and is sent when there is one again. */
test("a desk goes on without its relay, is loaded again, and catches up", async (context) => {
  const { url, startEdge: start } = await house(context);
  const edge = await start();
  const page = await openPage(browser, url);
  const meet = await goLive(page);
  await enter(page, ["Ada Brandt"]);
  await live(page);
  await edge.kill();
  await until("it is offline", async () => (await state(page)).startsWith("Offline."));
  await part(page, "Weigh-in");
  await fill(page, "Body weight of Ada Brandt", "61.25");
  await until("the change waits", async () => (await state(page)).startsWith("Offline. 1 change waiting on this laptop."));
  await page.reload();
  await page.waitForSelector(".deskhead");
  await until("the change still waits", async () => (await state(page)).startsWith("Offline. 1 change waiting on this laptop."));
  expect(await page.getByLabel("Body weight of Ada Brandt").inputValue()).toBe("61.25");
  await start();
  await live(page);

  const other = await openPage(browser, `${url}?meet=${meet}`);
  await join(other);
  await part(other, "Weigh-in");
  await until("the other desk has it", async () => (await other.getByLabel("Body weight of Ada Brandt").inputValue()) === "61.25");
});
