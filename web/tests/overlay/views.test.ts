/** The overlay as it is drawn, over a meet in memory: sizes, themes, readable over any video, movement, long names, many lifters. */
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import type { MeetTree } from "../../src/meet/types.ts";
import { THEMES, VIEWS } from "../../src/overlay/address.ts";
import { openBrowser, until } from "../rig.ts";
import { changed, lifter, madeUp, onStage } from "./meet.ts";
import { OBS, openOverlay, serve, show } from "./page.ts";
import type { Source } from "./page.ts";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let source: Source;
let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  [source, browser] = await Promise.all([serve(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await source?.server.close();
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  expect(complaints.splice(0)).toEqual([]);
});

const open = (query: string, options = OBS) => openOverlay(browser, source, query, options, complaints);

async function still(page: Page): Promise<void> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
}

/** What people see as text, without what is for the ear only. */
const words = (page: Page) =>
  page.evaluate(() => {
    const seen = (document.querySelector("#overlay") as HTMLElement).cloneNode(true) as HTMLElement;
    for (const hidden of seen.querySelectorAll(".spoken, .is-away")) hidden.remove();
    return seen.textContent.replace(/\s+/g, " ").trim();
  });

/** Texts and boxes that are cut, but by an ellipsis, or that lie outside of the picture. */
const cut = (page: Page) =>
  page.evaluate(() => {
    const bad: string[] = [];
    for (const box of document.querySelectorAll<HTMLElement>(".panel, .panel *:not(svg, path, .spoken)")) {
      const { left, top, right, bottom } = box.getBoundingClientRect();
      const outside = left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
      const ellipsis = getComputedStyle(box).textOverflow === "ellipsis";
      const wide = box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1 && !ellipsis;
      if (outside || wide) bad.push(`${box.className}: ${outside ? "outside" : "too wide"}: ${box.textContent.slice(0, 60)}`);
    }
    return bad;
  });

/** The meet with those lifters who show a tile of each kind: axe looks at each element for long. */
function few(): MeetTree {
  const tree = changed(madeUp(), 5007, { "deadlift[3]": { kg: 0, result: "open" } });
  return { ...tree, entries: tree.entries.filter(({ id }) => [5000, 5001, 5007].includes(id)) };
}

/** A meet with all that takes room: names, teams, weights, fourth attempts, a flight that fills three pages. */
function large(): MeetTree {
  const long = "Wilhelmina Konstantinopoulou-Featherstonehaugh van der Bergh-Rodríguez";
  const best = "297.5+ 300.25- 302.75+ 305.25+";
  const five = `${best} 317.75`;
  const entries = Array.from({ length: 40 }, (_, at) =>
    lifter(6000 + at, at === 0 ? long : `Lifter Number ${at}`, { lot: at + 1, sex: "M", bodyweightKg: 92, team: at === 0 ? `Association of ${long}` : null }, best, at === 3 ? five : best, best.replace("305.25+", "305.25")));
  const meet = { ...madeUp().meet, name: `International Invitational of ${long}`, allow4thAttempts: true, showAlternateUnits: true };
  return { meet, entries, deleted: [], live: { 1: { flight: "A", lift: "deadlift", attempt: 4, lifter: 6000 } } };
}

/** L14: what is in the stream where there is nothing to show is the video, and nothing else. */
test("without a meet every point is transparent", async () => {
  const blank = await browser.newPage({ viewport: OBS.viewport! });
  const nothing = await blank.screenshot({ omitBackground: true });
  for (const view of VIEWS) {
    const page = await open(`view=${view}`);
    await page.waitForSelector(".overlay", { state: "attached" });
    expect((await page.screenshot({ omitBackground: true })).equals(nothing), view).toBe(true);
    await show(page, { gone: { code: "bad-token", message: "no" } as never });
    expect((await page.screenshot({ omitBackground: true })).equals(nothing), view).toBe(true);
    await show(page, { tree: madeUp() });
    await page.waitForSelector(".panel");
    await still(page);
    expect((await page.screenshot({ omitBackground: true })).equals(nothing), view).toBe(false);
    await page.context().close();
  }
});

/** L14: readable over bright and over dark video, in each theme. */
test.each(VIEWS)("%s: axe finds nothing over white and over black", async (view) => {
  for (const theme of THEMES) {
    const page = await open(`view=${view}&theme=${theme}`);
    await page.addScriptTag({ path: axe });
    await show(page, { tree: few() });
    await page.waitForSelector(".panel");
    await still(page);
    for (const background of ["#fff", "#000"]) {
      await page.addStyleTag({ content: `html { background: ${background} !important; }` });
      const found = await page.evaluate(async () => {
        const { axe: checker } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
        const { violations } = await checker.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ").slice(0, 600)}`);
      });
      expect(found, `${theme} over ${background}`).toEqual([]);
    }
    await page.context().close();
  }
});

/** L14: long names, many attempts and many lifters, at each size that streams have. */
test.each(VIEWS)("%s: nothing is cut", async (view) => {
  const page = await open(`view=${view}`);
  for (const tree of [madeUp(), large()]) {
    await show(page, { tree });
    await page.waitForSelector(".panel");
    for (const [width, height] of [[1280, 720], [3840, 2160], [1920, 1080]] as const) {
      await page.setViewportSize({ width, height });
      // Rows glide to where they stand at another size.
      await still(page);
      expect(await cut(page), `at ${width}`).toEqual([]);
    }
  }
});

/** L14: one change at a time, once, in less than 400 ms. */
test("a change moves once, what does not change stays, and the plate behind it never goes", async () => {
  const page = await open("view=lower-third&hold=0");
  const moving = () =>
    page.evaluate(() =>
      document.getAnimations().map((animation) => {
        const { duration, delay, iterations } = animation.effect!.getComputedTiming();
        const target = (animation.effect as KeyframeEffect).target as Element;
        return { time: Number(duration) + delay!, iterations, on: target.getAttribute("class") ?? "" };
      }));
  await show(page, { tree: madeUp() });
  await page.waitForSelector(".lower-third");
  expect((await moving()).every(({ time, iterations }) => time < 400 && iterations === 1)).toBe(true);
  await still(page);
  await show(page, { tree: changed(madeUp(), 5100, { team: "Elsewhere" }) });
  await show(page, { tree: changed(madeUp(), 5100, { team: "Elsewhere" }), held: true });
  expect(await moving()).toEqual([]);
  const good = changed(madeUp(), 5000, { "deadlift[3]": { kg: 182.5, result: "good" } });
  await show(page, { tree: good });
  await page.waitForSelector('.attempt[data-attempt="3"].is-good');
  const tile = await moving();
  expect(tile.length).toBeGreaterThan(0);
  expect(tile.filter(({ on }) => !/attempt|sign|standing/.test(on))).toEqual([]);
  await still(page);
  await show(page, { tree: onStage(good, { lifter: 5001 }) });
  await page.waitForFunction(() => document.querySelector(".lifter-name")!.textContent === "Amara Okafor");
  const others = await moving();
  expect(others.length).toBeGreaterThan(2);
  expect(others.every(({ time, iterations, on }) => time < 400 && iterations === 1 && !on.includes("panel"))).toBe(true);
  expect(await page.evaluate(() => getComputedStyle(document.querySelector(".panel")!).opacity)).toBe("1");
});

test("with reduced motion nothing moves", async () => {
  for (const view of VIEWS) {
    const page = await open(`view=${view}&hold=0`, { ...OBS, reducedMotion: "reduce" });
    await page.evaluate(() => {
      Object.assign(window, { begun: 0 });
      for (const kind of ["animationstart", "transitionrun"]) {
        addEventListener(kind, () => ((window as unknown as { begun: number }).begun += 1), true);
      }
    });
    await show(page, { tree: madeUp() });
    await page.waitForSelector(".panel");
    await show(page, { tree: onStage(changed(madeUp(), 5000, { "deadlift[3]": { kg: 182.5, result: "good" } }), { lifter: 5001 }) });
    await page.waitForFunction(() => document.querySelector("#overlay")!.textContent!.includes("Amara"));
    await show(page, { tree: onStage(madeUp(), { lifter: null }) });
    // An event comes with a frame, and there have been two when the second one is asked for.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await page.evaluate(() => (window as unknown as { begun: number }).begun), view).toBe(0);
    await page.context().close();
  }
});

/** L14: shows no banner on stream when disconnected, and holds what it had. */
test("what was shown stays while there is no connection, and after it is gone", async () => {
  for (const view of VIEWS) {
    const page = await open(`view=${view}`);
    await show(page, { tree: madeUp() });
    await page.waitForSelector(".panel");
    await still(page);
    const before = await page.innerHTML("#overlay");
    await show(page, { held: true });
    await show(page, { tree: null });
    await show(page, { gone: { code: "meet-closed", message: "no such meet" } as never });
    expect(await page.innerHTML("#overlay"), view).toBe(before);
    await page.context().close();
  }
});

test("a result is seen before the next lifter, and the panel leaves with the last one", async () => {
  const page = await open("view=lower-third&hold=0.7");
  await show(page, { tree: madeUp() });
  await page.waitForSelector(".lower-third");
  const decided = changed(madeUp(), 5000, { "deadlift[3]": { kg: 182.5, result: "no-lift" } });
  await show(page, { tree: onStage(decided, { lifter: 5001 }) });
  await page.waitForSelector('.attempt[data-attempt="3"].is-no-lift');
  expect(await page.textContent(".lifter-name")).toBe("Ingrid Solberg");
  expect(await page.textContent(".standing")).toBe("Total 410 kg1st");
  await page.waitForFunction(() => document.querySelector(".lifter-name")!.textContent === "Amara Okafor");
  expect(await page.textContent(".next")).toContain("Marie-Claire");
  await show(page, { tree: onStage(decided, { lifter: null }) });
  await page.waitForSelector(".lower-third", { state: "hidden" });
  expect(await words(page)).toBe("");
  await show(page, { tree: onStage(decided, { lifter: 5001 }) });
  await page.waitForSelector(".lower-third", { state: "visible" });
});

test("plates are in the meet's colours, and one that is no colour does no harm", async () => {
  const page = await open("view=bar");
  const tree = madeUp();
  const plates = [{ kg: 25, pairs: 8, color: "#d9252a" }, { kg: 2.5, pairs: 1, color: "red; position: fixed" }, { kg: 1.25, pairs: 1, color: "url(https://elsewhere.example/x)" }];
  await show(page, { tree: { ...tree, meet: { ...tree.meet, plates } } });
  await page.waitForSelector(".plate");
  const drawn = await page.evaluate(() =>
    [...document.querySelectorAll(".plate")].map((plate) => {
      const { backgroundColor, backgroundImage, position } = getComputedStyle(plate);
      return `${plate.textContent} ${backgroundColor} ${backgroundImage} ${position}`;
    }));
  expect(drawn).toEqual([
    ...Array.from({ length: 3 }, () => "25 rgb(217, 37, 42) none static"),
    "2.5 rgb(134, 141, 153) none static",
    "1.25 rgb(134, 141, 153) none static",
  ]);
});

test("rows glide to their new places, and a long flight is shown page by page", async () => {
  const page = await open("view=scoreboard");
  await show(page, { tree: madeUp() });
  const at = (id: number) => page.evaluate((entry) => document.querySelector(`[data-entry="${entry}"]`)!.getBoundingClientRect().top, id);
  await page.waitForSelector("[data-entry]");
  await still(page);
  const [first, last] = [await at(5003), await at(5007)];
  await show(page, { tree: changed(madeUp(), 5003, { "deadlift[3]": { kg: 300, result: "open" } }) });
  await until("the row is below", async () => (await at(5003)) === last);
  expect(await at(5009)).toBe(first);
  await show(page, { tree: large() });
  const seen = new Set<string>();
  await until("all rows were there", async () => {
    for (const id of await page.evaluate(() => [...document.querySelectorAll<HTMLElement>("[data-entry]")].map(({ dataset }) => dataset["entry"]!))) seen.add(id);
    return seen.size === 40;
  }, 40);
});

test("hours of changes leave nothing behind", async () => {
  const page = await open("view=scoreboard&hold=0");
  await show(page, { tree: madeUp() });
  await page.waitForSelector("[data-entry]");
  const count = () => page.evaluate(() => [document.querySelectorAll("*").length, window.heard(), document.getAnimations().length] as const);
  await still(page);
  const before = await count();
  const states = [madeUp(), onStage(madeUp(), { lifter: 5001 }), onStage(changed(madeUp(), 5000, { "deadlift[3]": { kg: 182.5, result: "good" } }), { lifter: 5002 })];
  await page.evaluate(async (trees) => {
    for (let turn = 0; turn < 300; turn += 1) {
      window.show({ tree: trees[turn % trees.length]!, held: turn % 7 === 0 });
      await new Promise((done) => requestAnimationFrame(done));
    }
    window.show({ tree: trees[0]!, held: false });
  }, states);
  await still(page);
  expect(await count()).toEqual(before);
});
