/**
 * What a test runs on: a temporary folder and programs as child processes, all ended and removed when the test is over,
 * their logs printed where it failed. It starts whatever it is told; see `house.ts` for cores and relays.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestContext } from "vitest";

import { DEADLINE, until } from "./until.ts";

/** At most so many characters of a log are kept. */
const LOG = 20_000;

/** A program that runs. */
export class Program {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #out = "";
  #log = "";

  constructor(program: string, args: readonly string[], folder: string) {
    this.name = basename(program);
    this.#child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.#out = (this.#out + text).slice(-LOG)));
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.#log = (this.#log + text).slice(-LOG)));
    this.#ended = new Promise((resolve) => {
      this.#child.on("exit", resolve);
      this.#child.on("error", (error) => {
        this.#log += `cannot start ${program}: ${error.message}\n`;
        resolve(null);
      });
    });
  }

  get #runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined;
  }

  /** Standard error so far. */
  get log(): string {
    return this.#log;
  }

  /** The address it said it listens on: the rest of the line that begins with `what`, like `listen` or `metrics`. */
  address(what: string): Promise<string> {
    const line = new RegExp(`^${what} (\\S+)$`, "m");
    return until(`${this.name} says its ${what} address`, () => {
      if (!this.#runs) throw new Error(`${this.name} ended:\n${this.#log}`);
      return line.exec(this.#out)?.[1];
    });
  }

  /** SIGKILL, and it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.#child.pid !== undefined) await this.#ended;
  }

  /** SIGTERM, and gives its status. */
  async terminate(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    let status: number | null | undefined;
    void this.#ended.then((ended) => (status = ended));
    await until(`${this.name} ends after SIGTERM`, () => status !== undefined);
    return status ?? null;
  }
}

/** The folder and the programs of one test. */
export class Stage {
  /** An empty folder. */
  readonly folder = mkdtempSync(join(tmpdir(), "scorelay-web-"));
  readonly #programs: Program[] = [];
  readonly #ends: Array<() => Promise<unknown>> = [];

  /** Begins; everything ends with the test. */
  constructor({ onTestFinished, onTestFailed }: Pick<TestContext, "onTestFinished" | "onTestFailed">) {
    onTestFinished(() => this.#end());
    onTestFailed(() => {
      for (const { name, log } of this.#programs) console.error(`--- ${name} ---\n${log}`);
    });
  }

  /** Starts a program. */
  start(program: string, ...args: readonly string[]): Program {
    const started = new Program(program, args, this.folder);
    this.#programs.push(started);
    return started;
  }

  /** Runs a program to its end, which must be a good one. */
  run(program: string, ...args: readonly string[]): void {
    const { status, stderr, error } = spawnSync(program, args, { cwd: this.folder, encoding: "utf8", timeout: 4 * DEADLINE });
    if (status !== 0) throw new Error(`${basename(program)} ${args.join(" ")}: ${error?.message ?? stderr}`);
  }

  /** Writes a file of the folder, and gives its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Has something done when the test is over, before the programs are ended. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async #end(): Promise<void> {
    for (const end of this.#ends.reverse()) await end().catch((error: unknown) => console.error(error));
    for (const program of this.#programs) await program.kill();
    // What a killed Chromium left running may still write into its profile for a moment.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** A port of loopback that was free a moment ago, for what must come back at the same address. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
