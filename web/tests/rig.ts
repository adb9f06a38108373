/**
 * What browser tests stand on: a core with boards, a relay with the built pages, and Chromium. SCORELAY_BIN,
 * SCORELAY_RELAY_BIN, SCORELAY_PAGES_DIR and CHROMIUM name others than those of the workspace and of the machine.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const coreProgram = process.env["SCORELAY_BIN"] ?? join(root, "target/debug/scorelay");
const relayProgram = process.env["SCORELAY_RELAY_BIN"] ?? join(root, "target/debug/scorelay-relay");

/** The folder of the built pages. */
export const dist = process.env["SCORELAY_PAGES_DIR"] ?? join(root, "web/dist");

/** Waits until `check` gives something other than `undefined`, `null` or `false`. */
export async function until<T>(what: string, check: () => Promise<T> | T, seconds = 30): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25)); // tidy: poll
  }
}

/** A row to import: entity and score. */
export type ImportedRow = readonly [entity: string, score: number];

/** What a house has. */
export interface HouseOptions {
  /** `[[board]]` tables; by default the one board `messages`. */
  readonly boards?: string;
  /** Messages a second of a synthetic crowd; none without. */
  readonly rate?: number;
  /** Whether core and relay have private listeners; see `House.metrics`. */
  readonly metrics?: boolean;
}

/** A core and a relay that serves the pages, each of which can be killed and started again. */
export class House {
  readonly url: string;
  /** Private listeners of the core and of the relay. */
  readonly metrics: readonly [core: string, relay: string];
  readonly #dir: string;
  readonly #port: number;
  #options: HouseOptions;
  #core: ChildProcess | null = null;
  #relay: ChildProcess | null = null;

  private constructor(dir: string, [port, ...metrics]: readonly [number, number, number], options: HouseOptions) {
    this.#dir = dir;
    this.#port = port;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}/`;
    this.metrics = [`127.0.0.1:${metrics[0]}`, `127.0.0.1:${metrics[1]}`];
  }

  static async open(options: HouseOptions = {}): Promise<House> {
    const house = new House(await mkdtemp(join(tmpdir(), "scorelay-web-")), [await freePort(), await freePort(), await freePort()], options);
    try {
      await house.startCore();
      await house.startRelay();
      return house;
    } catch (error) {
      await house.close();
      throw error;
    }
  }

  async startCore(options: HouseOptions = this.#options): Promise<void> {
    this.#options = options;
    const main = [`data = "data"`, `listen = "none"`, `metrics = "${this.#options.metrics ? this.metrics[0] : "none"}"`, `links = ["unix:${this.#dir}/link"]`];
    await writeFile(join(this.#dir, "core.toml"), `${main.join("\n")}\n${options.boards ?? ""}\n`);
    const demo = options.rate === undefined ? [] : ["--demo", "--demo-rate", String(options.rate)];
    this.#core = this.#spawn(coreProgram, ["serve", "--config", join(this.#dir, "core.toml"), ...demo]);
  }

  async startRelay(): Promise<void> {
    const listen = `127.0.0.1:${this.#port}`;
    const args = ["--upstream", `unix:${this.#dir}/link`, "--listen", listen, "--pages", dist, "--metrics", this.#options.metrics ? this.metrics[1] : "none"];
    this.#relay = this.#spawn(relayProgram, args);
    await until("the relay serves the pages", async () => {
      if (this.#relay!.exitCode !== null) throw new Error("the relay ended");
      return fetch(this.url).then(({ ok }) => ok, () => false);
    });
  }

  /** Ends the core at once, as a crash would. */
  async killCore(): Promise<void> {
    await kill(this.#core);
  }

  /** Ends the relay at once. */
  async killRelay(): Promise<void> {
    await kill(this.#relay);
  }

  /** Puts rows on a board in the place of all that are there. */
  async import(board: string, rows: readonly ImportedRow[]): Promise<void> {
    const ordered = rows.toSorted(([, a], [, b]) => b - a);
    const file = join(this.#dir, "rows.csv");
    const lines = ordered.map(([entity, score], at) => `${at + 1},${entity},${score}`);
    await writeFile(file, `rank,entity,score\n${lines.join("\n")}\n`);
    const args = ["import", "--data", join(this.#dir, "data"), "--board", board, "--format", "csv", file];
    await until("the rows are imported", async () => {
      const child = spawn(coreProgram, args, { stdio: "ignore" });
      return new Promise((resolve) => child.on("exit", (code) => resolve(code === 0)));
    });
  }

  /** Exports a board, and has the core remember where everybody stands. */
  async remember(board: string): Promise<void> {
    const args = ["export", "--data", join(this.#dir, "data"), "--board", board, "--remember", "--format", "csv"];
    const child = spawn(coreProgram, args, { stdio: ["ignore", "ignore", "inherit"] });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    if (code !== 0) throw new Error(`the export of ${board} failed: ${code}`);
  }

  async close(): Promise<void> {
    await kill(this.#relay);
    await kill(this.#core);
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #spawn(program: string, args: string[]): ChildProcess {
    const env = { ...process.env, SCORELAY_LOG: "error" };
    return spawn(program, args, { cwd: this.#dir, env, stdio: ["ignore", "ignore", "inherit"] });
  }
}

/** Rows `p:1`, `p:2`, … with scores that fall by `step`. */
export function falling(count: number, step = 10, platform = "p"): ImportedRow[] {
  return Array.from({ length: count }, (_, at) => [`${platform}:${at + 1}`, (count - at) * step] as const);
}

/** Chromium. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Sizes of screens that people have. */
export const screens = {
  desktop: { viewport: { width: 1440, height: 900 } },
  tablet: { viewport: { width: 768, height: 1024 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
} satisfies Record<string, BrowserContextOptions>;

/** A new page. Whatever the page complains of is added to `complaints`, but that a connection was lost. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = screens.desktop, complaints: string[] = []): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("console", (message) => {
    const lost = /WebSocket|ERR_CONNECTION|Failed to load resource/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !lost) complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

/** A row as it is drawn. */
export interface DrawnRow {
  readonly rank: number;
  readonly entity: string;
  readonly score: number;
}

/** The rows drawn, in the order of the document. */
export async function drawn(page: Page): Promise<DrawnRow[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("[role=grid] [data-rank]")].map(({ dataset }) => ({
      rank: Number(dataset["rank"]),
      entity: dataset["entity"]!,
      score: Number(dataset["score"]),
    })));
}

/** Waits until all rows in sight have arrived, and gives them. */
export async function settled(page: Page): Promise<DrawnRow[]> {
  await page.waitForSelector("[role=grid][data-complete=true]");
  return drawn(page);
}

async function kill(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
