/**
 * What decoding and drawing cost the page's main thread, on this processor and on one four times as slow, where the page asks for
 * fewer updates by itself once it knows. Figures are printed and written to `target/web-cost-*.json`; they are no
 * assertion, as a busy machine would make any bound a lie.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CDPSession } from "playwright-core";
import { expect, test } from "vitest";

import { BoardPage } from "./board-page.ts";
import { complaints, openBrowser, Traffic } from "./browser.ts";
import { importRows, startPair } from "./house.ts";
import { LinkSource } from "./link-source.ts";
import { Stage } from "./stage.ts";
import { throughout, until } from "./until.ts";

const CONFIG = '[[board]]\nid = "top"\nscorer = "external"\nunit = "points"\n';
const ROWS = 2_000;
/** Milliseconds that are measured. */
const TIME = 10_000;
/** Milliseconds in which a page finds out what drawing costs. */
const WARM_UP = 8_000;
/** Scores that change in half of a tick. */
const CHANGES = 3;

/** A profile of where time went is taken too, and written beside the figures. */
const PROFILE = process.env["SCORELAY_WEB_PROFILE"] !== undefined;

const folder = fileURLToPath(new URL("../../../target/", import.meta.url));

/** What was measured: shares of one thread, 0 to 1. */
interface Cost {
  readonly view: string;
  /** How many times slower than the machine. */
  readonly throttle: number;
  readonly rowsDrawn: number;
  readonly updatesPerSecond: number;
  /** A slow page draws fewer; see `src/lib/pace.ts`. */
  readonly layoutsPerSecond: number;
  /** Processor time of tasks on the main thread. */
  readonly busy: number;
  readonly script: number;
  readonly style: number;
  readonly layout: number;
  /** The same as `busy` by the clock on the wall, with all waiting for a processor. */
  readonly busyByClock: number;
  /** `busy` of a page that writes one text 20 times a second. */
  readonly floor: number;
}

type Metrics = ReadonlyMap<string, number>;

async function metrics(session: CDPSession): Promise<Metrics> {
  const { metrics: all } = await session.send("Performance.getMetrics");
  return new Map(all.map(({ name, value }) => [name, value]));
}

/** Shares of the time that passes while measured. */
async function measured(session: CDPSession, domain: "timeTicks" | "threadTicks"): Promise<(name: string) => number> {
  await session.send("Performance.enable", { timeDomain: domain });
  const [before, start] = [await metrics(session), performance.now()];
  await throughout("it is measured", TIME, () => true);
  const [after, time] = [await metrics(session), (performance.now() - start) / 1000];
  await session.send("Performance.disable");
  return (name) => ((after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN)) / time;
}

/**
 * E5, E15: the first 100 rows of a board that changes 20 times a second: once as people see them, as many as a screen
 * has room for, and once with all 100 in sight. Beside them stands what a page costs that only writes one text as often.
 */
test.for([
  { view: "screen", height: 900, throttle: 1 },
  { view: "screen", height: 900, throttle: 4 },
  { view: "all 100 rows", height: 4_640, throttle: 1 },
  { view: "all 100 rows", height: 4_640, throttle: 4 },
])("the main thread's share for a top 100 is measured: $view, $throttle times slower", { timeout: 180_000 }, async ({ view, height, throttle }, context) => {
  const stage = new Stage(context);
  importRows(stage, stage.write("core.toml", CONFIG), "top", Array.from({ length: ROWS }, (_, at) => [`here:${at + 1}`, 3 * (ROWS - at)] as const));
  const { link, origin } = await startPair(stage, CONFIG);
  const source = await LinkSource.connect(stage, link);
  const page = await openBrowser(stage, { width: 1280, height });
  const [traffic, wrong] = [new Traffic(page), complaints(page)];
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: throttle });
  await page.setContent("<!doctype html><p>0</p>");
  await page.evaluate(() => setInterval(() => requestAnimationFrame((now) => (document.querySelector("p")!.textContent = String(now))), 50));
  const floor = (await measured(session, "threadTicks"))("TaskDuration");

  const board = new BoardPage(page);
  await board.open(`${origin}/`);
  const { elements } = await board.settled();
  let state = 7;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  const point = (rows: number) => ["top", `here:${1 + random(rows)}`, 1] as const;
  // Two times a tick, so that each tick has some; the first is always in sight.
  const timer = setInterval(() => source.give(point(15), ...Array.from({ length: CHANGES - 1 }, () => point(100))), 25);
  stage.atEnd(async () => clearInterval(timer));
  const before = traffic.messagesIn;
  await until("updates come", () => traffic.messagesIn > before + 40);
  await throughout("it is getting warm", WARM_UP, () => true);

  const from = { messages: traffic.messagesIn, at: performance.now() };
  const thread = await measured(session, "threadTicks");
  const updatesPerSecond = (traffic.messagesIn - from.messages) / ((performance.now() - from.at) / 1000);
  const clock = await measured(session, "timeTicks");
  if (PROFILE) await profile(session, `${folder}web-cost-${height}-${throttle}.cpuprofile`);

  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  clearInterval(timer);
  await source.level();
  await board.settled();
  const [busy, script, style, layout] = ["TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration"].map(thread) as [number, number, number, number];
  const cost: Cost = { view, throttle, rowsDrawn: elements, updatesPerSecond, layoutsPerSecond: thread("LayoutCount"), busy, script, style, layout, busyByClock: clock("TaskDuration"), floor };
  console.log(`cost: ${JSON.stringify(cost, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(4)) : value))}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}web-cost-${height}-${throttle}.json`, `${JSON.stringify(cost, null, 2)}\n`);
  expect(updatesPerSecond, "updates came while it was measured").toBeGreaterThan(1);
  expect(wrong).toEqual([]);
});

/** Says where time goes, for developers. */
async function profile(session: CDPSession, file: string): Promise<void> {
  await session.send("Profiler.enable");
  await session.send("Profiler.setSamplingInterval", { interval: 200 });
  await session.send("Profiler.start");
  await throughout("it is profiled", TIME, () => true);
  const { profile: taken } = await session.send("Profiler.stop");
  writeFileSync(file, JSON.stringify(taken));
}
