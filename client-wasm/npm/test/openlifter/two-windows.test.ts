/**
 * Two laptops with the app, built without knowing of Scorelay, the user script, the WebAssembly of `npm run build`, and a
 * real core that is killed and started again.
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { Server } from "../server.js";
import { APP, browser, bundled, DEADLINE, FORK, serve, Window } from "./stage.js";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "../../src/openlifter/userscript.ts");
const PASSWORD = "ten or more";

// Each begins with two windows and a meet, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let core: Server;
let close: Array<() => unknown> = [];
let origin: string;
let chrome: Awaited<ReturnType<typeof browser>>;
let laptops: BrowserContext[];
let platform: Window;
let warmUp: Window;

beforeAll(async () => {
  core = await Server.started();
  const files = await serve({ "/": [await bundled(SCRIPT), await bundled(APP)], "/fork": [await bundled(FORK)] });
  chrome = await browser();
  close = [() => chrome.close(), files.close, () => core.remove()];
  origin = files.origin;
});
afterAll(async () => {
  for (const end of close) {
    await end();
  }
});

beforeEach(async () => {
  laptops = [await chrome.context(), await chrome.context()];
  [platform, warmUp] = (await Promise.all(laptops.map((laptop) => Window.open(laptop, `${origin}/`)))) as [Window, Window];
  await platform.pill("Not live");
  const names = ["Ada", "Bea", "Cleo"];
  await platform.dispatch(...names.map((name) => ({ type: "NEW_REGISTRATION", overwriteDefaults: { name, squatKg: [100, 0, 0, 0, 0] } })));
  await platform.form("Go live", { url: core.url, password: PASSWORD });
  await platform.pill(/^Live$/);
  const meet = (await platform.page.textContent("scorelay-panel .id"))!;
  expect(meet).toMatch(/^\d{3}-\d{3}-\d{3}$/);
  await platform.closePanel();
  await warmUp.form("Join", { url: core.url, meet, location: "Warm-up", password: PASSWORD });
  await warmUp.pill(/^Live$/);
  await warmUp.closePanel();
  await warmUp.shows("registration.entries.length", 3);
});
afterEach(async () => {
  expect([...platform.errors, ...warmUp.errors]).toEqual([]);
  await Promise.all(laptops.map((laptop) => laptop.close()));
});

const SQUATS = "registration.entries.0.squatKg";

it("L16: what one laptop enters the other shows, and no box writes an old value back", async () => {
  await Promise.all([platform.go("lifting"), warmUp.go("lifting")]);
  await warmUp.box("Ada S2").focus();
  await platform.box("Ada S2").fill("222.5");
  await platform.box("Ada S2").press("Enter");
  await warmUp.boxShows("Ada S2", "222.5");
  await warmUp.box("Bea S2").focus();
  await warmUp.page.hover("text=Good lift");
  await warmUp.box("Bea S2").fill("105");
  await warmUp.box("Bea S2").press("Enter");
  await platform.shows("registration.entries.1.squatKg", [100, 105, 0, 0, 0]);
  expect(await platform.state(SQUATS)).toEqual([100, 222.5, 0, 0, 0]);
  expect(await warmUp.state(SQUATS)).toEqual([100, 222.5, 0, 0, 0]);
});

/** L7, L8, L9: in the browser, with an app that knows nothing of it. */
it("L16: the core goes, both go on, one page is loaded again, and the core comes back", async () => {
  await Promise.all([platform.go("lifting"), warmUp.go("lifting")]);
  await core.kill();
  await Promise.all([platform.pill(/^Offline/), warmUp.pill(/^Offline/)]);
  await platform.box("Ada S2").fill("110");
  await platform.box("Ada S2").press("Enter");
  await warmUp.box("Ada S2").fill("120");
  await warmUp.box("Ada S2").press("Enter");
  await warmUp.box("Cleo S3").fill("130");
  await warmUp.box("Cleo S3").press("Enter");
  await warmUp.pill("Offline · 2 changes waiting");
  await warmUp.page.reload();
  await warmUp.pill("Offline · 2 changes waiting");
  await warmUp.shows("registration.entries.2.squatKg", [100, 0, 130, 0, 0]);
  await warmUp.dispatch({ type: "NEW_REGISTRATION", overwriteDefaults: { name: "Dora" } });
  await core.start();
  await Promise.all([platform.pill(/^Live/), warmUp.pill(/^Live/)]);
  // The platform outranks the warm-up room.
  await Promise.all([platform.shows(SQUATS, [100, 110, 0, 0, 0]), warmUp.shows(SQUATS, [100, 110, 0, 0, 0])]);
  await platform.shows("registration.entries.2.squatKg", [100, 0, 130, 0, 0]);
  await platform.shows("registration.entries.3.name", "Dora");
  expect(await platform.state("registration.entries")).toEqual(await warmUp.state("registration.entries"));
  await warmUp.pill("Live · 1 to look at");
  await warmUp.openPanel();
  const item = warmUp.page.locator("scorelay-panel li");
  expect(await item.textContent()).toMatch(/Ada: squat 2.*Yours: 120 kg.*Stands: 110 kg.*Platform/);
  await item.locator("button:text-is('Use mine again')").click();
  await platform.shows(SQUATS, [100, 120, 0, 0, 0]);
});

it("L16: a page that comes back shows what was set meanwhile, not what it kept", async () => {
  await warmUp.page.close();
  await platform.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5000, changes: { bodyweightKg: 81.65 } });
  await platform.pill(/^Live$/);
  warmUp = await Window.open(laptops[1]!, `${origin}/`);
  await warmUp.pill(/^Live$/);
  await warmUp.shows("registration.entries.0.bodyweightKg", 81.65);
  await platform.shows("registration.entries.0.bodyweightKg", 81.65);
  await warmUp.page.reload();
  await warmUp.pill(/^Live$/);
  await warmUp.shows("registration.entries.0.bodyweightKg", 81.65);
});

it("L16: of two tabs one writes, and the other takes over", async () => {
  const second = await Window.open(laptops[1]!, `${origin}/`);
  await second.pill("In another tab");
  await warmUp.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5000, changes: { lot: 7 } });
  await platform.shows("registration.entries.0.lot", 7);
  await second.openPanel();
  await second.page.click("scorelay-panel button:text-is('Take over here')");
  await second.pill(/^Live$/);
  await warmUp.pill("In another tab");
  await second.shows("registration.entries.0.lot", 7);
  await second.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5000, changes: { lot: 8 } });
  await platform.shows("registration.entries.0.lot", 8);
});

it("L14: a link for an overlay, and the platform this laptop runs", async () => {
  await platform.openPanel();
  await platform.page.click("scorelay-panel button:text-is('Run platform 1')");
  await platform.page.locator("scorelay-panel button:text-is('Stop')").waitFor();
  await platform.page.click("scorelay-panel button:text-is('Make an overlay link')");
  const link = platform.page.locator("scorelay-panel .link");
  await vi.waitFor(async () => expect(await link.textContent()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/overlay\?meet=\d{9}&stage=1#[\w-]{43}$/), DEADLINE);
});

it("L16: a fork with the enhancer built in joins as well", async () => {
  const fork = await Window.open(await chrome.context(), `${origin}/fork`);
  await platform.openPanel();
  const meet = (await platform.page.textContent("scorelay-panel .id"))!;
  await fork.form("Join", { url: core.url, meet, location: "Weigh-in", password: PASSWORD });
  await fork.shows("registration.entries.length", 3);
  await fork.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5001, changes: { bodyweightKg: 200 / 3 } });
  await platform.shows("registration.entries.1.bodyweightKg", 200 / 3);
  expect(fork.errors).toEqual([]);
  await fork.page.context().close();
});

it("L16: 500 dispatches with 60 lifters do not freeze either page", async () => {
  const more = Array.from({ length: 57 }, (_, at) => ({ type: "NEW_REGISTRATION", overwriteDefaults: { name: `Lifter ${at}`, notes: "n".repeat(80) } }));
  await platform.dispatch(...more);
  await warmUp.shows("registration.entries.length", 60);
  await Promise.all([platform.go("weighin"), warmUp.go("weighin")]);
  const watch = `window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });`;
  await Promise.all([platform.page.evaluate(watch), warmUp.page.evaluate(watch)]);
  const own = await platform.page.evaluate(() => {
    const began = performance.now();
    for (let at = 0; at < 500; at += 1) {
      (globalThis as any).store.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5000 + (at % 60), changes: { lot: at } });
    }
    return performance.now() - began;
  });
  await warmUp.shows("registration.entries.19.lot", 499);
  const longest = (window: Window): Promise<number> => window.page.evaluate(() => Math.max(0, ...(globalThis as any).tasks));
  const tasks = [(await longest(platform)) - own, await longest(warmUp)];
  console.log(`longest task beside the app's own ${Math.round(own)} ms: ${tasks.map(Math.round).join(" and ")} ms`);
  // Each of 500 by itself would take some 10,000 ms; the rest is room for a busy machine.
  expect(Math.max(...tasks)).toBeLessThan(1_500);
});
