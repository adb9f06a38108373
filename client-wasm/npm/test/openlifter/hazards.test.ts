/**
 * The app in Chromium, built without knowing of Scorelay, with a meet in memory: each thing that goes wrong when somebody
 * else changes what an app like OpenLifter shows.
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { MeetValue } from "../../src/meet-types.js";
import { APP, browser, bundled, DEADLINE, serve, Window } from "./stage.js";

const INSTALL = join(dirname(fileURLToPath(import.meta.url)), "install-memory.ts");
const ADA = "registration.entries[5000]";
const BEA = "registration.entries[5001]";

// Each begins with a browser's window and a meet, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let close: Array<() => unknown> = [];
let origin: string;
let chrome: Awaited<ReturnType<typeof browser>>;
let window: Window;

beforeAll(async () => {
  const files = await serve({ "/": [await bundled(INSTALL), await bundled(APP)] });
  chrome = await browser();
  close = [() => chrome.close(), files.close];
  origin = files.origin;
});
afterAll(async () => {
  for (const end of close) {
    await end();
  }
});

beforeEach(async () => {
  window = await Window.open(await chrome.context(), `${origin}/`);
  await window.pill("Not live");
  await window.dispatch(
    { type: "NEW_REGISTRATION", overwriteDefaults: { name: "Ada", bodyweightKg: 80, squatKg: [100, 0, 0, 0, 0] } },
    { type: "NEW_REGISTRATION", overwriteDefaults: { name: "Bea", bodyweightKg: 90, squatKg: [110, 0, 0, 0, 0] } },
  );
  await window.form("Go live", { url: "http://127.0.0.1:1", password: "long enough" });
  await window.pill(/^Live/);
  await window.closePanel();
});
afterEach(async () => {
  expect(window.errors).toEqual([]);
  await window.page.context().close();
});

function remote(...changes: Array<[string, MeetValue]>): Promise<void> {
  return window.page.evaluate((given) => (globalThis as any).core.remote(...given), changes);
}

/** Everything in the meet at a path of its tree. */
function meet(path: string): Promise<unknown> {
  return window.page.evaluate((given) => given.split(".").reduce((part: any, key) => part?.[key], (globalThis as any).core.tree()), path);
}

function lines(): Promise<number> {
  return window.page.evaluate(() => (globalThis as any).core.lines.length);
}

async function meetHas(path: string, value: unknown): Promise<void> {
  await vi.waitFor(async () => expect(await meet(path)).toEqual(value), DEADLINE);
}

/** Lets the page do whatever it has put off, and wait out the adapter's bursts. */
async function calm(): Promise<void> {
  await window.page.evaluate(async () => {
    for (let frame = 0; frame < 12; frame += 1) {
      await new Promise((done) => requestAnimationFrame(done));
    }
  });
}

describe("hazards", () => {
  it("1: an attempt that the app enters by changing the entry where it is reaches the meet, and nothing is frozen", async () => {
    await remote([`${BEA}.team`, "Theirs"]);
    await window.shows("registration.entries.1.team", "Theirs");
    await window.go("lifting");
    await window.box("Ada S1").fill("102.5");
    await window.box("Ada S1").press("Enter");
    await meetHas("entries.0.squat[1]", { kg: 102.5, result: "open" });
  });

  it("2: boxes show what was set elsewhere, and a blur without typing writes nothing back", async () => {
    await window.go("weighin");
    await window.box("weight 5000").focus();
    await remote([`${ADA}.bodyweightKg`, 82.35], [`${ADA}.age`, 33], [`${ADA}.squatRackInfo`, "12 in"]);
    await window.boxShows("weight 5000", "82.35");
    await window.boxShows("age 5000", "33");
    await window.boxShows("rack 5000", "12 in");
    const before = await lines();
    for (const label of ["age 5000", "rack 5000", "weight 5000", "weight 5001"]) {
      await window.box(label).focus();
    }
    await calm();
    expect(await lines()).toBe(before);
    expect(await window.state("registration.entries.0")).toMatchObject({ bodyweightKg: 82.35, age: 33, squatRackInfo: "12 in" });
  });

  it("2: the meet's name and the bar's weight, which say nothing of what they are", async () => {
    await window.box("meet name").focus();
    await remote(["meet.name", "Their Open"], ["meet.squatBarAndCollarsWeightKg", 20]);
    await window.boxShows("meet name", "Their Open");
    await window.boxShows("bar", "20");
    await window.box("bar").focus();
    await window.box("meet name").focus();
    await calm();
    await meetHas("meet.name", "Their Open");
    expect(await window.state("meet")).toMatchObject({ name: "Their Open", squatBarAndCollarsWeightKg: 20 });
  });

  it("2: a box that was not refreshed yet writes nothing either, and what is typed into it does", async () => {
    await window.go("lifting");
    await window.box("Ada S2").focus();
    // In one go, so that the blur comes before the page is drawn anew.
    await window.page.evaluate(() => {
      (globalThis as any).core.remote(["registration.entries[5000].squat[2]", { kg: 222.5, result: "open" }]);
      (document.activeElement as HTMLElement).blur();
    });
    await window.shows("registration.entries.0.squatKg.1", 222.5);
    await calm();
    expect(await meet("entries.0.squat[2]")).toEqual({ kg: 222.5, result: "open" });
    await window.boxShows("Ada S2", "222.5");
    await window.box("Ada S2").fill("225");
    await window.box("Ada S2").blur();
    await meetHas("entries.0.squat[2]", { kg: 225, result: "open" });
  });

  it("3: marking a lift moves the focus, a change comes, and a hover over a button does not undo it", async () => {
    await window.go("lifting");
    await window.page.click("text=Good lift");
    await meetHas("entries.0.squat[1]", { kg: 100, result: "good" });
    expect(await window.page.evaluate(() => document.activeElement?.id)).toBe("5000-2");
    await window.page.mouse.move(5, 5);
    await remote([`${ADA}.squat[2]`, { kg: 222.5, result: "open" }]);
    await window.shows("registration.entries.0.squatKg.1", 222.5);
    await window.page.hover("text=No lift");
    await calm();
    expect(await meet("entries.0.squat[2]")).toEqual({ kg: 222.5, result: "open" });
    await window.boxShows("Ada S2", "222.5");
  });

  it("3: an untouched box that loses its focus sends nothing", async () => {
    await window.go("lifting");
    const before = await lines();
    for (const label of ["Ada S1", "Bea S1", "Ada S2", "Bea S3"]) {
      await window.box(label).focus();
    }
    await window.page.hover("text=Good lift");
    await calm();
    expect(await lines()).toBe(before);
  });

  it("3: a wrong entry that the app takes back shows what stands, not what stood when the box appeared", async () => {
    await window.go("lifting");
    await remote([`${ADA}.squat[2]`, { kg: 150, result: "open" }]);
    await window.boxShows("Ada S2", "150");
    await window.box("Ada S2").fill("nonsense");
    await window.box("Ada S2").blur();
    await window.boxShows("Ada S2", "150");
    expect(await meet("entries.0.squat[2]")).toEqual({ kg: 150, result: "open" });
  });

  it("4: new lifters have ids of the desk's block", async () => {
    await window.go("registration");
    await window.page.click("text=New lifter");
    await meetHas("entries.2.id", 5002);
    await remote(["registration.entries[15000]", { name: "Theirs" }]);
    await window.shows("registration.entries.length", 4);
    await window.page.click("text=New lifter");
    await meetHas("entries.4.id", 5003);
  });

  it("5: a list that shrinks takes its lookup along", async () => {
    await window.go("lifting");
    await remote([`${ADA}.deleted`, true]);
    await window.shows("registration.lookup", { 5001: 0 });
    await remote([`${ADA}.deleted`, false]);
    await window.shows("registration.lookup", { 5000: 0, 5001: 1 });
    await window.box("Bea S1").fill("111");
    await window.box("Bea S1").blur();
    await meetHas("entries.1.squat[1]", { kg: 111, result: "open" });
  });

  it("6: New is refused while the meet is live, and says why", async () => {
    await window.page.click("text=New meet");
    expect(await window.page.locator("scorelay-panel [role=alert]").textContent()).toContain("Leave the meet first");
    expect(await window.state("registration.entries.length")).toBe(2);
    await calm();
    expect(await meet("entries.length")).toBe(2);
    await window.page.click("scorelay-panel [role=alert] button:text-is('Dismiss')");
    await window.dispatch({ type: "MERGE_PLATFORM", day: 1, platform: 1, platformEntries: [] });
    expect(await window.page.locator("scorelay-panel [role=alert]").textContent()).toContain("import are off while this meet is live");
    expect(await window.state("registration.entries.length")).toBe(2);
    await window.openPanel();
    await window.page.click("scorelay-panel button:text-is('Leave the meet')");
    await window.pill("Not live");
    await window.page.click("text=New meet");
    await window.shows("registration.entries.length", 0);
    expect(await meet("entries.length")).toBe(2);
  });

  it("7: pounds are bit-exact, and are shown and entered as pounds", async () => {
    await remote(["meet.inKg", false], [`${ADA}.squat[1]`, { kg: 495 / 2.20462262, result: "open" }]);
    await window.shows("meet.inKg", false);
    await window.go("lifting");
    await window.boxShows("Ada S1", "495");
    await remote([`${ADA}.squat[1]`, { kg: 501 / 2.20462262, result: "open" }]);
    await window.boxShows("Ada S1", "501");
    expect(await window.state("registration.entries.0.squatKg.0")).toBe(501 / 2.20462262);
    await window.box("Ada S1").fill("507");
    await window.box("Ada S1").blur();
    await meetHas("entries.0.squat[1]", { kg: 507 / 2.20462262, result: "open" });
  });

  it("8: the lifting page is this device's, and goes to the platform it runs", async () => {
    await window.go("lifting");
    await window.openPanel();
    await window.page.click("scorelay-panel button:text-is('Run platform 1')");
    await meetHas("live.1", { flight: "A", lift: "squat", attempt: 1, lifter: 5000 });
    await window.page.click("text=Good lift");
    await meetHas("live.1", { flight: "A", lift: "squat", attempt: 1, lifter: 5001 });
    await remote([`live[1]`, { flight: "B", lift: "bench", attempt: 3, lifter: 5000 }]);
    await calm();
    expect(await window.state("lifting")).toMatchObject({ flight: "A", lift: "S" });
  });

  it("9: what came from elsewhere is in what the app keeps", async () => {
    await remote([`${ADA}.bodyweightKg`, 81.25]);
    await vi.waitFor(async () => {
      const kept = await window.page.evaluate(() => JSON.parse(localStorage.getItem("persist:root")!).registration as string);
      expect(JSON.parse(kept)).toMatchObject({ entries: [{ bodyweightKg: 81.25 }, {}] });
    }, DEADLINE);
  });

  it("10: what is being typed stays, and the change is shown when it is done", async () => {
    await window.go("lifting");
    await window.box("Bea S2").pressSequentially("12");
    await remote([`${ADA}.squat[2]`, { kg: 150, result: "open" }], [`${BEA}.deleted`, true]);
    await calm();
    await window.box("Bea S2").pressSequentially("5");
    expect(await window.box("Bea S2").inputValue()).toBe("125");
    await window.box("Bea S2").press("Enter");
    await window.shows("registration.entries.length", 1);
    await window.boxShows("Ada S2", "150");
    expect(await meet("deleted.0.squat[2]")).toEqual({ kg: 125, result: "open" });
  });

  it("11: 500 dispatches are sent once and do not hold the page up", async () => {
    const { sets, longest } = await window.page.evaluate(async () => {
      const { core, store } = globalThis as any;
      const [desk] = core.desks;
      const before = desk.sets;
      const tasks: number[] = [];
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
      const began = performance.now();
      for (let at = 1; at <= 500; at += 1) {
        store.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5000 + (at % 2), changes: { name: `Name ${at}` } });
      }
      const own = performance.now() - began;
      while (core.tree().entries[0].name !== "Name 500") {
        await new Promise((done) => requestAnimationFrame(done));
      }
      await new Promise((done) => requestIdleCallback(done));
      return { sets: desk.sets - before, longest: Math.max(0, ...tasks.map((task) => task - own)) };
    });
    expect(sets).toBe(1);
    expect(longest).toBeLessThan(1_000);
  });

  it("12: the developer tools' way in, with options for them", async () => {
    const made = await window.page.evaluate(() => {
      const compose = (globalThis as any).__REDUX_DEVTOOLS_EXTENSION_COMPOSE__;
      const create = () => ({ getState: () => ({ other: true }), dispatch: () => "theirs" });
      return [compose({ trace: true })()(create)().dispatch(), compose()(create)().dispatch()];
    });
    expect(made).toEqual(["theirs", "theirs"]);
  });
});

describe("the panel", () => {
  it("shows what was overruled, with what stands, and sets it again", async () => {
    await window.page.evaluate(() => (globalThis as any).core.desks[0].online(false));
    await window.pill(/^Offline/);
    await window.go("weighin");
    await window.box("weight 5000").fill("83");
    await window.box("weight 5000").blur();
    await window.pill("Offline · 1 change waiting");
    await remote([`${ADA}.bodyweightKg`, 84]);
    await window.page.evaluate(() => (globalThis as any).core.desks[0].online(true));
    await window.pill("1 to look at");
    await window.boxShows("weight 5000", "84");
    await window.openPanel();
    const item = window.page.locator("scorelay-panel li");
    expect(await item.textContent()).toMatch(/Ada: body weight.*Yours: 83 kg.*Stands: 84 kg.*Warm-up/);
    await item.locator("button:text-is('Use mine again')").click();
    await meetHas("entries.0.bodyweightKg", 83);
    await window.pill(/^Live$/);
    await window.boxShows("weight 5000", "83");
  });

  it("says that nothing is kept where the browser has no room, and goes on with what was entered meanwhile", async () => {
    await window.page.evaluate(() => (globalThis as any).core.desks[0].become("closed"));
    await window.pill(/^Not kept/);
    await window.dispatch({ type: "UPDATE_REGISTRATION", entryId: 5000, changes: { lot: 9 } });
    await calm();
    expect(await meet("entries.0.lot")).toBe(0);
    await remote([`${BEA}.lot`, 4]);
    await window.openPanel();
    await window.page.click("scorelay-panel button:text-is('Open it again')");
    await window.pill(/^Live/);
    await meetHas("entries.0.lot", 9);
    await window.shows("registration.entries.1.lot", 4);
    await window.shows("registration.entries.0.lot", 9);
  });

  it("publishes the results file that the app made", async () => {
    await window.openPanel();
    const form = window.page.locator("scorelay-panel details", { hasText: "Publish the results" });
    await form.locator("summary").click();
    await form.locator("[name=file]").setInputFiles({ name: "results.opl.csv", mimeType: "text/csv", buffer: Buffer.from("OPL Format v1\n\nName\nÅsa\n") });
    await form.locator("[name=address]").fill("director@example.org");
    await form.locator("button").click();
    await vi.waitFor(async () => expect(await form.locator("[role=status]").textContent()).toBe("Published."), DEADLINE);
    const [published] = await window.page.evaluate(() => (globalThis as any).core.desks[0].published);
    expect(published).toEqual({ csv: "OPL Format v1\n\nName\nÅsa\n", returnAddress: "director@example.org" });
  });

  it("works by keyboard, keeps its keys to itself, and tells a wrong password", async () => {
    await window.openPanel();
    await window.page.click("scorelay-panel button:text-is('Leave the meet')");
    await window.pill("Not live");
    await window.page.evaluate(() => addEventListener("keydown", () => ((globalThis as any).heard = true)));
    const pill = window.page.locator("scorelay-panel .pill");
    await window.page.locator("scorelay-panel details").first().locator("[name=url]").focus();
    await window.page.keyboard.press("Control+A");
    await window.page.keyboard.type("http://127.0.0.1:1");
    await window.page.keyboard.press("Tab");
    await window.page.keyboard.type("123456789");
    await window.page.keyboard.press("Tab");
    await window.page.keyboard.type("Warm-up");
    await window.page.keyboard.press("Tab");
    await window.page.keyboard.type("wrong");
    await window.page.keyboard.press("Enter");
    await vi.waitFor(async () => expect(await window.page.locator("scorelay-panel [role=alert]").textContent()).toContain("no such meet"), DEADLINE);
    const form = window.page.locator("scorelay-panel details").first();
    expect(await form.locator("[name=meet]").inputValue()).toBe("123456789");
    expect(await window.page.evaluate(() => (globalThis as any).heard)).toBeUndefined();
    await window.page.locator("scorelay-panel button:text-is('Dismiss')").focus();
    await window.page.keyboard.press("Escape");
    expect(await pill.getAttribute("aria-expanded")).toBe("false");
  });
});
