/** What the desk says, offers and locks where it cannot take what is entered, over a meet in memory. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";

import type { MeetValue } from "../../src/meet/index.ts";
import { until } from "../rig.ts";
import { deskPages, writes } from "./page.ts";

const open = deskPages();

/** What people entered: all but what the desk says by itself of the stage it drives. */
async function entered(page: Page): Promise<[string, MeetValue][]> {
  return (await writes(page)).filter(([path]) => !path.startsWith("live["));
}

test("a desk whose session ended joins again, and one open in another tab is taken over", async () => {
  const page = await open("lifting");
  await page.evaluate(() => window.testing.meet!.state.set({ ...window.testing.meet!.state.getSnapshot(), kind: "logged-out", reason: "password" }));
  await page.getByLabel("Password of the meet").fill("correct horse");
  await page.getByRole("button", { name: "Join again" }).click();
  await until("it is live", async () => (await page.locator(".state").getAttribute("data-state")) === "live");
  await page.evaluate(() => window.testing.meet!.state.set({ ...window.testing.meet!.state.getSnapshot(), kind: "elsewhere" }));
  await page.getByRole("region", { name: "Another tab has this desk" }).getByText("nothing that was entered there is lost").waitFor();
  expect(await page.locator(".strip, .parts").count()).toBe(0);
  await page.keyboard.press("g");
  await page.getByRole("button", { name: "Use it here" }).click();
  await until("it is live", async () => (await page.locator(".state").getAttribute("data-state")) === "live");
  expect(await page.locator(".strip").count()).toBe(1);
  expect(await entered(page)).toEqual([]);
});

/** L7: a browser without room closes the desk; what was shown stays to be read, and it can be opened again. */
test("a desk that its browser could not keep says so, takes nothing, and is opened again", async () => {
  const page = await open("lifting");
  await page.evaluate(() => {
    const meet = window.testing.meet!;
    meet.pending.set({ count: 1, heldUp: null, saved: false });
    const error = Object.assign(new Error("this browser has no more room to keep what is set; make some on the disk"), { code: "no-space" });
    meet.state.set({ ...meet.state.getSnapshot(), kind: "closed", error: error as never });
  });
  const state = page.locator(".state");
  const words = "no more room to keep what is set; make some on the disk. Nothing more is kept or sent. What was entered last is not on the disk";
  await until("it is said", async () => (await state.innerText()).includes(words));
  expect(await page.locator(".marks button.good").isDisabled()).toBe(true);
  await page.keyboard.press("g");
  await until("why is said", async () => (await page.locator(".said").innerText()) === "This desk is closed: open it again.");
  expect(await entered(page)).toEqual([]);
  await page.getByRole("button", { name: "Open it again" }).click();
  await until("it is live", async () => (await state.getAttribute("data-state")) === "live");
  await page.keyboard.press("g");
  await until("it takes what is entered", async () => (await entered(page)).length > 0);
});

test("a meet whose making got no answer is named at the start, and forgotten", async () => {
  const page = await open(null);
  await page.goto(`${page.url()}?unanswered`);
  const kept = page.getByRole("region", { name: "On this laptop" });
  await kept.waitFor();
  expect(await kept.innerText()).toContain("Go live again with the same locations and the same password");
  expect(await kept.getByRole("button", { name: "Open" }).count()).toBe(0);
  await kept.getByRole("button", { name: "Forget" }).click();
  await until("it is gone", async () => (await kept.count()) === 0);
});

/** L11, L15: what comes too late is not even offered. */
test("a finished meet says so, and nothing of it can be changed", async () => {
  const page = await open("lifting");
  await page.evaluate(() => window.testing.meet!.state.set({ ...window.testing.meet!.state.getSnapshot(), finished: true }));
  expect(await page.getByRole("complementary", { name: "The meet is finished" }).innerText()).toContain("nothing can be changed any more");
  for (const key of ["g", "x", "o", "u"]) await page.keyboard.press(key);
  await until("why is said", async () => (await page.locator(".said").innerText()) === "The meet is finished: nothing can be changed any more.");
  for (const part of ["lifting", "weigh-in", "entries", "meet"]) {
    await page.evaluate((to) => { location.hash = to; }, part);
    await page.locator(`main.${part}`).waitFor();
    if (part === "entries") await page.locator(".listing tbody button").first().click();
    const open = await page.evaluate(() => [...document.querySelectorAll<HTMLInputElement>("main input, main select")]
      .filter((one) => !one.disabled && !one.readOnly && one.type !== "search").map((one) => one.outerHTML.slice(0, 100)));
    expect(open, part).toEqual([]);
  }
  expect(await page.getByRole("button", { name: "Delete this entry" }).count()).toBe(0);
  expect(await entered(page)).toEqual([]);
});
