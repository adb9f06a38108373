/** The other parts of the desk, over a meet in memory: going live, entries, weigh-in, sharing, publishing, and what people must know. */
import { expect, test } from "vitest";

import { until } from "../rig.ts";
import { deskPages, remote, stands, writes } from "./page.ts";

const open = deskPages();

/** L15: going live takes one form, and the address names the meet. */
test("a meet goes live by one form", async () => {
  const page = await open(null);
  await page.getByLabel("Name of the meet").fill("Spring Open");
  await page.getByLabel("Federation").fill("SPF");
  await page.getByLabel("Date").fill("2027-04-03");
  await page.getByRole("button", { name: "Add a location" }).click();
  await page.getByLabel("Location 3", { exact: true }).fill("Warm-up");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByRole("button", { name: "Go live" }).click();
  await page.waitForSelector(".deskhead");
  expect(await page.locator("h1").innerText()).toBe("Spring Open");
  expect(await page.locator(".meet-id").innerText()).toBe("123-456-789");
  expect(new URL(page.url()).searchParams.get("meet")).toBe("123456789");
  expect(await stands(page, "meet.date")).toBe("2027-04-03");
  expect(await stands(page, "meet.inKg")).toBe(true);
  const locations = await page.evaluate(() => window.testing.meet!.locations.getSnapshot());
  expect(locations).toEqual([{ name: "Platform", priority: 20 }, { name: "Weigh-in", priority: 10 }, { name: "Warm-up", priority: 10 }]);
});

/** L15: joining by a link, with a wrong password first. */
test("a link to join leads to the form, and a wrong password is told", async () => {
  const page = await open(null);
  await page.goto(new URL("?meet=987654321", page.url()).href);
  await page.waitForSelector(".start form");
  expect(await page.getByLabel("Meet id").inputValue()).toBe("987-654-321");
  await page.getByLabel("This laptop’s location").fill("Weigh-in");
  await page.getByLabel("Password").fill("not the one");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await until("the refusal is told", async () => (await page.getByRole("alert").innerText()) === "Wrong id or wrong password.");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.waitForSelector(".deskhead");
  expect(await page.locator(".deskhead .title .soft").innerText()).toBe("987-654-321 · Weigh-in");
});

test("entries are added, edited in place, deleted and restored", async () => {
  const page = await open("entries");
  await page.getByRole("button", { name: "Add an entry" }).click();
  const form = page.getByRole("form", { name: "New entry" });
  await form.getByLabel("Name").fill("Olga Petit");
  await form.getByLabel("Date of birth").fill("2001-02-03");
  await form.getByLabel("Flight").selectOption("B");
  await form.getByLabel("Name").press("Enter");
  await until("she is entered", async () => page.getByRole("button", { name: "Olga Petit" }).isVisible());
  expect(await stands(page, "registration.entries[5012]")).toMatchObject({ name: "Olga Petit", birthDate: "2001-02-03", flight: "B", events: ["SBD"], divisions: ["Open"], day: 1 });

  await page.getByRole("button", { name: "Olga Petit" }).click();
  const edit = page.getByRole("region", { name: "Entry Olga Petit" });
  await edit.getByLabel("Team").fill("North");
  await edit.getByLabel("Divisions").fill("Open, Masters");
  await edit.getByLabel("Divisions").press("Enter");
  await edit.getByLabel("SBD").uncheck();
  await edit.getByLabel("B", { exact: true }).check();
  await until("all is set", async () => JSON.stringify(await stands(page, "registration.entries[5012].events")) === '["B"]');
  expect(await stands(page, "registration.entries[5012]")).toMatchObject({ team: "North", divisions: ["Open", "Masters"] });
  await edit.getByLabel("Date of birth").fill("3.2.2001");
  await edit.getByLabel("Date of birth").press("Enter");
  expect(await edit.locator(".wrong .note").innerText()).toBe("As in 1999-12-31, please");
  await edit.getByLabel("Date of birth").press("Escape");

  await edit.getByRole("button", { name: "Delete this entry" }).click();
  await until("she is gone", async () => !(await page.getByRole("button", { name: "Olga Petit", exact: true }).isVisible()));
  await page.getByText("1 deleted").click();
  await page.getByRole("button", { name: "Restore Olga Petit" }).click();
  await until("she is back", async () => page.getByRole("button", { name: "Olga Petit", exact: true }).isVisible());
});

test("weigh-in sets body weight, lot and openers, and shows the class", async () => {
  const page = await open("weigh-in");
  const row = page.locator("[data-entry='5002']");
  await row.getByLabel("Body weight of Ada Brandt").fill("60");
  await row.getByLabel("Body weight of Ada Brandt").press("Tab");
  await until("the class is that of the weight", async () => (await row.locator("td").nth(1).innerText()) === "60");
  await row.getByLabel("Ada Brandt, bench press 1").fill("67,5");
  await row.getByLabel("Ada Brandt, bench press 1").press("Enter");
  expect(await stands(page, "registration.entries[5002].bench[1]")).toEqual({ kg: 67.5, result: "open" });
  await remote(page, "registration.entries[5002].lot", 0);
  await page.getByRole("button", { name: "Draw lots for 1" }).click();
  expect(await stands(page, "registration.entries[5002].lot")).toBe(11);
});

/** L15, L8: a change that does not stand is shown beside the one that does, whose it was, and can be set again. */
test("an overruled change is shown, set again, and dismissed", async () => {
  const page = await open("lifting");
  const path = "registration.entries[5000].squat[2]";
  const one = { path, mine: { kg: 130, result: "open" as const }, why: "overruled" as const, stands: { kg: 127.5, result: "open" as const }, location: "Weigh-in" };
  await page.evaluate((given) => window.testing.meet!.overruled.set([{ ...given, line: 7 }, { ...given, line: 8, why: "late" }]), one);
  const list = page.getByRole("region", { name: "Changes that do not stand" });
  const text = await list.innerText();
  for (const words of ["2 changes of this laptop do not stand", "Ines Falk, squat 2", "Yours: 130 kg", "Stands: 127.5 kg", "The value from Weigh-in stands."]) expect(text).toContain(words);
  await list.getByRole("button", { name: "Use mine again: Ines Falk, squat 2" }).click();
  expect(await stands(page, path)).toEqual({ kg: 130, result: "open" });
  await list.getByRole("button", { name: "Dismiss" }).click();
  await until("nothing is left", async () => (await list.count()) === 0);
});

/** L7, L15: offline is a state to work in. */
test("offline says what waits, and working goes on", async () => {
  const page = await open("lifting");
  await page.evaluate(() => window.testing.meet!.state.set({ ...window.testing.meet!.state.getSnapshot(), kind: "offline" }));
  await page.keyboard.press("g");
  await until("changes wait", async () => /Offline\. \d changes? waiting on this laptop\./.test(await page.locator(".state").innerText()));
  await page.evaluate(() => window.testing.meet!.keeping.set({ kind: "none", warning: "What is entered here is lost when the page is closed." }));
  expect(await page.locator(".banner.warn").innerText()).toContain("lost when the page is closed");
});

/** L15: the overlay's link with its settings, and sessions that can be ended. */
test("an overlay's link follows its settings, and a session is ended", async () => {
  const page = await open("share");
  expect(await page.locator(".meet-id").innerText()).toBe("123-456-789");
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = page.getByLabel("Link of the overlay");
  const token = "A".repeat(43);
  const origin = new URL(page.url()).origin;
  await until("there is a link", async () => (await link.inputValue()) === `${origin}/overlay?meet=123456789&stage=1&view=lower-third&theme=dark#${token}`);
  await page.getByLabel("Shows").selectOption("scoreboard");
  await page.getByLabel("Look").selectOption("light");
  expect(await link.inputValue()).toBe(`${origin}/overlay?meet=123456789&stage=1&view=scoreboard&theme=light#${token}`);
  expect(await page.getByRole("img", { name: "QR code of the overlay" }).count()).toBe(1);
  await page.getByRole("button", { name: "End the session of Weigh-in 2" }).click();
  await until("it is gone", async () => (await page.getByRole("button", { name: "End the session of Weigh-in 2" }).count()) === 0);
});

/** L11, L15: publishing names desks that are behind, and goes on without them only when told so. */
test("results are published, with force where desks are behind", async () => {
  const page = await open("results");
  await page.evaluate(() => {
    window.testing.meet!.behind = "Weigh-in";
  });
  await page.getByLabel("Return address").fill("director@example.com");
  await page.getByRole("button", { name: "Publish and finish" }).click();
  await until("who is behind is named", async () => (await page.getByRole("alert").innerText()).includes("Weigh-in"));
  expect(await page.evaluate(() => window.testing.meet!.published)).toBeNull();
  await page.getByRole("button", { name: "Publish without their changes" }).click();
  await until("it is published", async () => (await page.locator(".banner.fine").innerText()) === "The results are handed over.");
  const published = await page.evaluate(() => window.testing.meet!.published!);
  expect(published).toMatchObject({ returnAddress: "director@example.com", force: true });
  expect(published.csv.split("\n")[0]).toBe("OPL Format v1 (Scorelay 0.1.0),Submit by email:,director@example.com");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download OPL CSV" }).click();
  expect((await download).suggestedFilename()).toBe("2026-11-21-autumn-open-2026.opl.csv");
});

test("a formula that the desk does not know is named, and nobody has points", async () => {
  const page = await open("results");
  const line = page.locator(".bars p").first();
  expect(await line.innerText()).toContain("points by Dots");
  await remote(page, "meet.formula", "Points of 2030");
  await until("it is named", async () => (await line.innerText()).endsWith("no points: this desk does not know the formula Points of 2030"));
  await page.evaluate(() => { location.hash = "meet"; });
  await page.getByText("This desk does not know the formula Points of 2030, and shows no points.").waitFor();
});

test("what the meet is set to is set field by field", async () => {
  const page = await open("meet");
  await page.getByLabel("Divisions, by commas").fill("Open, Juniors , Open");
  await page.getByLabel("Women: upper limits in kg, by commas").fill("75, 60, 67.5");
  await page.getByLabel("Pairs of 20 kg").fill("2");
  await page.getByLabel("Fourth attempts, outside the total").check();
  await page.getByLabel("Points").selectOption("IPF GL Points");
  await until("all is set", async () => (await stands(page, "meet.formula")) === "IPF GL Points");
  const set = Object.fromEntries(await writes(page));
  expect(set).toMatchObject({ "meet.divisions": ["Open", "Juniors"], "meet.weightClassesKgWomen": [60, 67.5, 75], "meet.allow4thAttempts": true });
  expect((set["meet.plates"] as { kg: number; pairs: number }[]).find(({ kg }) => kg === 20)!.pairs).toBe(2);
  expect(Object.keys(set)).toHaveLength(5);
});
