/** A meet of 60 lifters, run to its end at two laptops and shown by an overlay, with everything failing that can fail in a gym. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";

import { openBrowser, openProfile } from "./browser.ts";
import { ready, scorelay, startCore, startEdge } from "./house.ts";
import { CLASSES, LIFTS, isGood, lifted, lifters, resultRows, turnOf } from "./meet-model.ts";
import type { Flight, Lift, Lifter, Row } from "./meet-model.ts";
import type { Program } from "./stage.ts";
import { Stage, freePort } from "./stage.ts";
import { DEADLINE, until } from "./until.ts";

const PASSWORD = "a password for desks";
const CONFIG = '[meets]\nkey_file = "meets.key"\n';

/** A relay that comes and goes, always at the same address: the network of one laptop. */
class Network {
  readonly #stage: Stage;
  readonly #link: string;
  readonly #port: number;
  #edge: Program | null = null;

  private constructor(stage: Stage, link: string, port: number) {
    this.#stage = stage;
    this.#link = link;
    this.#port = port;
  }

  static async up(stage: Stage, link: string): Promise<Network> {
    const network = new Network(stage, link, await freePort());
    await network.back();
    return network;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async gone(): Promise<void> {
    await this.#edge!.kill();
  }

  async back(): Promise<void> {
    this.#edge = startEdge(this.#stage, this.#link, this.#port);
    await ready(await this.#edge.address("metrics"));
  }
}

/** A desk in a window, worked by keyboard. */
class Desk {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async state(kind: string, waiting?: number): Promise<void> {
    const look = async () => {
      const state = this.page.locator(".state").first();
      return [await state.getAttribute("data-state"), Number(await state.getAttribute("data-waiting"))] as const;
    };
    let last: unknown;
    await until(`the desk is ${kind}`, async () => {
      const [now, count] = await look();
      last = [now, count];
      return now === kind && (waiting === undefined || count === waiting);
    }, 2 * DEADLINE, () => last);
  }

  async part(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Parts of the desk" }).getByRole("link", { name, exact: true }).click();
  }

  async choose(group: string, name: string): Promise<void> {
    await this.page.getByRole("group", { name: group, exact: true }).getByRole("button", { name, exact: true }).click();
  }

  /** Goes to lifting a lift of a flight; each flight has its platform. */
  async lifting(flight: Flight, lift: Lift): Promise<void> {
    await this.part("Lifting");
    await this.choose("Platform", flight === "A" ? "Platform 1" : "Platform 2");
    await this.choose("Flight", `Flight ${flight}`);
    await this.choose("Lift", LIFTS.find(([name]) => name === lift)![1]);
  }

  /** Runs attempts, at most so many: each lifter must be on the platform when the model says so. */
  async run(all: readonly Lifter[], flight: Flight, lift: Lift, most = Infinity): Promise<void> {
    for (let done = 0; done < most; done++) {
      const turn = turnOf(all, flight, lift);
      if (turn === null) return;
      const { lifter, attempt } = turn;
      await this.calls(turn, lift);
      const good = isGood(lifter, lift, attempt);
      await this.page.keyboard.press(good ? "g" : "x");
      const next = lifted(lifter, lift, good);
      if (next !== null) {
        await this.page.keyboard.type(String(next));
        await this.page.keyboard.press("Enter");
      }
    }
  }

  /** Waits until somebody is on the platform. */
  async calls({ lifter, attempt }: { readonly lifter: Lifter; readonly attempt: number }, lift: Lift): Promise<void> {
    const words = LIFTS.find(([name]) => name === lift)![1];
    let last: unknown;
    await until(`${lifter.name} is on the platform for ${lift} ${attempt}`, async () => {
      const [who, what] = await this.platform();
      last = [who, what];
      return who === lifter.name && what.startsWith(`${words} ${attempt}`);
    }, undefined, () => last);
  }

  /** Waits until the head of the page says no more that something is not on this laptop's disk. */
  async saved(): Promise<void> {
    const state = this.page.locator(".state").first();
    await until("all that waits is on the disk", async () => {
      const text = await state.innerText();
      return text.includes("waiting on this laptop") && !text.includes("not yet on its disk");
    });
  }

  /** Who is on the platform, and for what. */
  platform(): Promise<readonly [string, string]> {
    return this.page.evaluate(() => {
      const text = (selector: string) => document.querySelector(selector)?.textContent ?? "";
      return [text(".strip h2"), text(".strip .what")] as const;
    });
  }

  /** Enters a body weight at the weigh-in. */
  async weigh(flight: Flight, lifter: Lifter, kg: number): Promise<void> {
    await this.part("Weigh-in");
    await this.choose("Platform", flight === "A" ? "Platform 1" : "Platform 2");
    await this.choose("Flight", `Flight ${flight}`);
    const field = this.page.getByRole("textbox", { name: `Body weight of ${lifter.name}`, exact: true });
    await field.fill(String(kg));
    await field.press("Enter");
  }

  /** What of this desk does not stand, and what stands in its place. */
  overruled(): Promise<string[]> {
    return this.page.locator(".overruled li").allInnerTexts();
  }
}

/** A third laptop: the command line, which enters everybody and leaves. */
class Registration {
  readonly #stage: Stage;
  readonly #url: string;

  constructor(stage: Stage, url: string) {
    this.#stage = stage;
    this.#url = url;
  }

  do(command: string, args: readonly string[], input = ""): string {
    const all = ["meet", command, this.#url, ...args, "--state", "registration.meet"];
    const { status, stdout, stderr } = spawnSync(scorelay(), all, { cwd: this.#stage.folder, encoding: "utf8", input, timeout: 2 * DEADLINE });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  }

  enter(id: string, all: readonly Lifter[]): void {
    this.do("join", [id, "--location", "Weigh-in", "--password-file", this.#stage.write("password", PASSWORD)]);
    this.do("sync", []);
    const log = spawnSync(scorelay(), ["meet", "log", "--state", "registration.meet"], { cwd: this.#stage.folder, encoding: "utf8" }).stdout;
    // The last to join is this one.
    const first = Number(Array.from(log.matchAll(/"first":(\d+)/g)).at(-1)![1]);
    const sets: Array<readonly [string, unknown]> = [
      ["meet.formula", "Dots"], ["meet.divisions", ["Open", "Masters"]], ["meet.platformsOnDays", [2]],
      ["meet.weightClassesKgMen", CLASSES.M], ["meet.weightClassesKgWomen", CLASSES.F],
    ];
    for (const { number, name, sex, bodyweightKg, division, lot, flight, attempts } of all) {
      sets.push([`registration.entries[${first + number}]`, {
        name, sex, bodyweightKg, lot, flight, day: 1, platform: flight === "A" ? 1 : 2, divisions: [division], events: ["SBD"], equipment: "Sleeves",
        ...Object.fromEntries(LIFTS.map(([lift]) => [`${lift}[1]`, { kg: attempts[lift][0]!.kg, result: "open" }])),
      }]);
    }
    this.do("set", ["--wait"], sets.map(([path, value]) => `${path} ${JSON.stringify(value)}\n`).join(""));
  }

  /** The address of an overlay at this relay. */
  overlay(origin: string, stage: number): string {
    const { link } = JSON.parse(this.do("display", [])) as { link: string };
    const { search, hash } = new URL(link);
    return `${origin}/overlay${search}&stage=${stage}&view=lower-third${hash}`;
  }
}

async function goLive(stage: Stage, origin: string): Promise<{ context: BrowserContext; desk: Desk; id: string }> {
  const context = await openProfile(stage, "platform");
  const desk = new Desk(context.pages()[0]!);
  const { page } = desk;
  await page.goto(`${origin}/desk`);
  await page.getByLabel("Name of the meet").fill("Gym Open");
  await page.getByLabel("Federation").fill("GYM");
  await page.getByLabel("Date").fill("2026-11-21");
  await page.getByLabel("Password, for those who join").fill(PASSWORD);
  await page.getByRole("button", { name: "Go live" }).click();
  await desk.state("live", 0);
  const id = /\d{3}-\d{3}-\d{3}/.exec(await page.locator(".deskhead").innerText())![0];
  return { context, desk, id };
}

async function joined(context: BrowserContext, origin: string, id: string): Promise<Desk> {
  const desk = new Desk(context.pages()[0]!);
  await desk.page.goto(`${origin}/desk?meet=${id.replaceAll("-", "")}`);
  await desk.page.getByLabel("This laptop’s location").fill("Weigh-in");
  await desk.page.getByLabel("Password").fill(PASSWORD);
  await desk.page.getByRole("button", { name: "Join", exact: true }).click();
  await desk.state("live", 0);
  return desk;
}

/** Waits until the page would open without a network. */
async function keepsThePage({ page }: Desk): Promise<void> {
  await until("the page is kept", () => page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return registration.active?.state === "activated" && (await caches.match("/desk")) !== undefined;
  }));
}

/** The name in the overlay's lower third, once it is this one. */
async function overlayShows(overlay: Page, name: string): Promise<void> {
  let last: unknown;
  await until(`the overlay shows ${name}`, async () => {
    last = await overlay.evaluate(() => document.querySelector(".lifter-name")?.textContent ?? null);
    return last === name;
  }, undefined, () => last);
}

/** The rows of a results file. Nothing in this meet needs quotes. */
function rowsOf(csv: string): Row[] {
  const [, , entries] = csv.trim().split("\n\n");
  const [names, ...rows] = entries!.split("\n").map((line) => line.split(","));
  return rows.map((cells) => Object.fromEntries(names!.map((name, at) => [name, cells[at]!])));
}

const byName = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => a["Name"]!.localeCompare(b["Name"]!));

/**
 * L1, L4, L5, L7, L8, L9, L11, L14, L15: one laptop goes offline, then the other, which is closed and started again meanwhile;
 * the core is killed; the network returns. Nothing entered is lost, what does not stand is shown to who entered it, the overlay
 * follows, and the results are those that the test reckons by itself.
 */
test("two laptops and an overlay run a meet of 60 lifters to its end", { timeout: 900_000 }, async (context) => {
  const stage = new Stage(context);
  const config = stage.write("core.toml", CONFIG);
  const link = `unix:${join(stage.folder, "link")}`;
  let core = startCore(stage, config, link);
  await core.address("link");
  const [hall, warmUp, stream] = [await Network.up(stage, link), await Network.up(stage, link), await Network.up(stage, link)];

  const all = lifters();
  const { desk: platform, id } = await goLive(stage, hall.origin);
  const registration = new Registration(stage, stream.origin);
  registration.enter(id, all);
  let second = await openProfile(stage, "weigh-in");
  let weighIn = await joined(second, warmUp.origin, id);
  const overlay = await openBrowser(stage, { width: 1920, height: 1080 });
  await overlay.goto(registration.overlay(stream.origin, 1));
  registration.do("leave", []);

  // All is well.
  await platform.lifting("A", "squat");
  await weighIn.lifting("B", "squat");
  await platform.run(all, "A", "squat", 20);
  await overlayShows(overlay, turnOf(all, "A", "squat")!.lifter.name);
  await weighIn.run(all, "B", "squat");
  await platform.run(all, "A", "squat");
  await Promise.all([keepsThePage(platform), keepsThePage(weighIn)]);

  // The platform is cut off and goes on; at the weigh-in the same body weight is entered.
  const [third, fifth] = [all[2]!, all[4]!];
  await hall.gone();
  await platform.state("offline");
  await platform.lifting("A", "bench");
  await platform.run(all, "A", "bench", 45);
  await weighIn.weigh("A", third, 71.5);
  await weighIn.state("live", 0);
  await platform.weigh("A", third, 72.25);
  await platform.weigh("A", fifth, 80.25);

  // The other one is too, and its browser is closed and started again.
  await warmUp.gone();
  await weighIn.state("offline");
  await weighIn.weigh("A", fifth, 81.5);
  await weighIn.lifting("B", "bench");
  await weighIn.run(all, "B", "bench", 40);
  await weighIn.calls(turnOf(all, "B", "bench")!, "bench");
  await weighIn.saved();
  await second.close();
  second = await openProfile(stage, "weigh-in");
  weighIn = new Desk(second.pages()[0]!);
  await weighIn.page.goto(`${warmUp.origin}/desk?meet=${id.replaceAll("-", "")}`);
  await weighIn.state("offline");
  await weighIn.lifting("B", "bench");
  await weighIn.run(all, "B", "bench");
  await platform.lifting("A", "bench");
  await platform.run(all, "A", "bench");

  // The core dies, and everything comes back.
  await core.kill();
  core = startCore(stage, config, link);
  await core.address("link");
  await Promise.all([hall.back(), warmUp.back()]);
  await Promise.all([platform.state("live", 0), weighIn.state("live", 0)]);
  const overruled = await until("what does not stand is shown at the weigh-in", async () => {
    const shown = await weighIn.overruled();
    return shown.length === 2 && shown;
  });
  expect(overruled.some((text) => text.includes("71.5") && text.includes("72.25") && text.includes("Platform"))).toBe(true);
  expect(overruled.some((text) => text.includes("81.5") && text.includes("80.25"))).toBe(true);
  expect(await platform.overruled()).toEqual([]);
  third.bodyweightKg = 72.25;
  fifth.bodyweightKg = 81.5;
  await weighIn.page.locator(".overruled li", { hasText: "81.5" }).getByRole("button", { name: /Use mine again/ }).click();
  await weighIn.page.locator(".overruled li", { hasText: "71.5" }).getByRole("button", { name: /Dismiss/ }).click();
  await until("nothing is left to say", async () => (await weighIn.overruled()).length === 0);

  await platform.lifting("A", "deadlift");
  await weighIn.lifting("B", "deadlift");
  await platform.run(all, "A", "deadlift", 30);
  await overlayShows(overlay, turnOf(all, "A", "deadlift")!.lifter.name);
  await weighIn.run(all, "B", "deadlift");
  await platform.run(all, "A", "deadlift");
  await Promise.all([platform.state("live", 0), weighIn.state("live", 0)]);

  await platform.part("Results");
  await platform.page.getByLabel("Return address").fill("director@example.org");
  await platform.page.getByRole("button", { name: "Publish and finish" }).click();
  await platform.page.getByText("The results are handed over.").waitFor({ timeout: 2 * DEADLINE });
  const published = join(stage.folder, "data", "published");
  const file = await until("the results are published", () => existsSync(published) && readdirSync(published).find((name) => name.endsWith("-1.csv")));
  const rows = rowsOf(readFileSync(join(published, file), "utf8"));
  expect(byName(rows)).toEqual(byName(resultRows(all)));
});
