/** Lifting at the desk, over a meet in memory: the keys that run it, what the strip says, and that no old value is ever written. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";

import { screens, until } from "../rig.ts";
import { deskPages, remote, stands, writes } from "./page.ts";

const desks = deskPages();

const squat = (at: number, attempt: number) => `registration.entries[${5000 + at}].squat[${attempt}]`;
const onPlatform = (page: Page) => page.locator(".strip h2").innerText();
const box = (page: Page, at: number, attempt: number) => page.locator(`input[name="attempt-${5000 + at}-${attempt}"]`);
const attempts = async (page: Page) => (await writes(page)).filter(([path]) => !path.startsWith("live"));

const open = (options = screens.desktop): Promise<Page> => desks("lifting", options);

/** L15: a flight is run by the keyboard alone. */
test("g, x and u run the flight, and the next weight is typed where the focus goes", async () => {
  const page = await open();
  expect(await onPlatform(page)).toBe("Ada Brandt");
  await page.keyboard.press("g");
  await until("the next lifter is on the platform", async () => (await onPlatform(page)) === "Noor El-Amin");
  expect(await stands(page, squat(2, 2))).toEqual({ kg: 105, result: "good" });

  // The focus is where her third attempt is typed.
  await page.keyboard.type("112,5");
  await page.keyboard.press("Tab");
  await until("her third attempt is declared", async () => JSON.stringify(await stands(page, squat(2, 3))) === '{"kg":112.5,"result":"open"}');

  // Keys work from within a box too, and concern who is on the platform.
  await box(page, 0, 3).focus();
  await page.keyboard.press("x");
  await until("no lift is marked", async () => (await onPlatform(page)) === "Ines Falk");
  expect(await stands(page, squat(6, 2))).toEqual({ kg: 117.5, result: "no-lift" });
  expect(await page.locator("[data-entry='5006'] [data-attempt='2']").getAttribute("data-result")).toBe("no-lift");

  await page.keyboard.press("u");
  await until("the mark is taken back", async () => (await onPlatform(page)) === "Noor El-Amin");
  expect(await stands(page, squat(6, 2))).toEqual({ kg: 117.5, result: "open" });
  expect(await page.locator(".said").innerText()).toContain("Noor El-Amin, squat 2");
});

/** L15, L8: no stale input ever writes an old value back. */
test("a box that nobody typed in shows what stands, and writes nothing when it is left", async () => {
  const page = await open();
  await box(page, 0, 2).focus();
  await remote(page, squat(0, 2), { kg: 222.5, result: "open" });
  await until("the box shows the new value", async () => (await box(page, 0, 2).inputValue()) === "222.5");
  await page.locator("h1").click();
  await box(page, 0, 2).hover();
  await box(page, 0, 2).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await attempts(page)).toEqual([]);
  expect(await stands(page, squat(0, 2))).toEqual({ kg: 222.5, result: "open" });
});

test("typing is kept while the value changes elsewhere, which is said; Escape gives it up", async () => {
  const page = await open();
  await box(page, 0, 2).fill("130");
  await remote(page, squat(0, 2), { kg: 129, result: "open" });
  const cell = page.locator("[data-entry='5000'] [data-attempt='2']");
  await until("the other value is said", async () => (await cell.locator(".note").innerText()) === "Now 129");
  expect(await box(page, 0, 2).inputValue()).toBe("130");
  await page.keyboard.press("Escape");
  await until("the box shows what stands", async () => (await box(page, 0, 2).inputValue()) === "129");
  expect(await attempts(page)).toEqual([]);

  // Typed and typed back is not typed.
  await box(page, 0, 2).fill("140");
  await box(page, 0, 2).fill("129");
  await page.keyboard.press("Tab");
  expect(await attempts(page)).toEqual([]);
});

test("a key right after a weight concerns that weight", async () => {
  const page = await open();
  await box(page, 2, 2).fill("107.5");
  await page.keyboard.press("g");
  await until("the new weight is good", async () => JSON.stringify(await stands(page, squat(2, 2))) === '{"kg":107.5,"result":"good"}');
  await until("the next lifter is on the platform", async () => (await onPlatform(page)) === "Noor El-Amin");
  expect(await stands(page, squat(2, 2))).toEqual({ kg: 107.5, result: "good" });

  await box(page, 6, 2).fill("12o");
  await box(page, 6, 2).press("g");
  expect(await stands(page, squat(6, 2))).toEqual({ kg: 117.5, result: "open" });
});

test("what is no weight is refused beside the box, and kept there", async () => {
  const page = await open();
  await box(page, 0, 3).fill("12o");
  await page.keyboard.press("Enter");
  expect(await page.locator("[data-entry='5000'] [data-attempt='3'] .note").innerText()).toBe("A weight, please");
  expect(await box(page, 0, 3).getAttribute("aria-invalid")).toBe("true");
  expect(await attempts(page)).toEqual([]);
});

test("the focus stays in its box when the order changes under it", async () => {
  const page = await open();
  await box(page, 3, 2).focus();
  await remote(page, squat(3, 2), { kg: 60, result: "open" });
  await until("Jun is on the platform", async () => (await onPlatform(page)) === "Jun Okafor");
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe("attempt-5003-2");
});

/** L15: the bar as it is to be loaded, and what a good lift would bring. */
test("the strip says what is on the bar, and the table tells attempts apart by a sign", async () => {
  const page = await open();
  expect(await page.locator(".strip .weight").innerText()).toBe("105 kg");
  expect(await page.locator(".strip svg").getAttribute("aria-label")).toBe("25 · 15 kg a side");
  expect(await page.locator(".strip .chance").innerText()).toContain("If good: subtotal 105 kg");
  expect(await page.locator(".upnext li").allInnerTexts()).toHaveLength(3);
  expect(await page.locator("[data-entry='5000'] .sign").first().innerText()).toBe("✓");
  expect(await page.locator("[data-entry='5002'] .sign").first().innerText()).toBe("✗");
});

/** L14: what overlays follow is set by the desk that drives the stage, and moves on with the flight. */
test("the stage shows who is on the platform, and is left alone where another desk drives it", async () => {
  const page = await open();
  const stage = () => stands(page, "live[1]");
  await until("the stage is set", async () => JSON.stringify(await stage()) === '{"flight":"A","lift":"squat","attempt":2,"lifter":5002}');
  await page.keyboard.press("g");
  await until("the stage moved on", async () => JSON.stringify(await stage()) === '{"flight":"A","lift":"squat","attempt":2,"lifter":5006}');

  await page.evaluate(() => window.testing.meet!.taken.add(1));
  await page.evaluate(() => window.testing.meet!.drives.set([]));
  await until("the desk says that another drives", async () => (await page.locator(".driver").innerText()).includes("Another desk drives it."));
  const before = await stage();
  await page.getByRole("button", { name: "Bench press" }).click();
  await until("the bench press is shown", async () => (await page.locator("thead").innerText()).includes("Bench press 1"));
  expect(await stage()).toEqual(before);
  await page.getByRole("button", { name: "Take over stage 1" }).click();
  await until("the stage follows again", async () => JSON.stringify(await stage()) === '{"flight":"A","lift":"bench","attempt":1,"lifter":5000}');
});

test("an attempt that was decided can be put on the platform and decided again", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Ada Brandt, squat 1: no lift. Put on the platform." }).click();
  await until("it is out of order", async () => (await page.locator(".strip .what").innerText()).includes("out of order"));
  await page.keyboard.press("g");
  await until("it is good", async () => JSON.stringify(await stands(page, squat(2, 1))) === '{"kg":105,"result":"good"}');
  expect(await onPlatform(page)).toBe("Ada Brandt");
  expect(await page.locator(".strip .what").innerText()).toBe("Squat 2 · rack 10");
});

/** L19: pounds are shown as the meet says and stored in kilograms. */
test("a meet in pounds is shown and typed in pounds", async () => {
  const page = await open();
  await remote(page, "meet.inKg", false);
  await until("pounds are shown", async () => (await page.locator(".strip .weight").innerText()).endsWith("lb"));
  await box(page, 0, 3).fill("300");
  await page.keyboard.press("Enter");
  await until("kilograms are stored", async () => JSON.stringify(await stands(page, squat(0, 3))) === JSON.stringify({ kg: 300 * 0.45359237, result: "open" }));
  expect(await box(page, 0, 3).inputValue()).toBe("300");
});
