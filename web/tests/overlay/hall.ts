/**
 * A meet for overlays as it is in a hall: a core that keeps it, a relay that serves the pages to the streaming machine, and
 * a desk, which is the command line. The desk speaks to the core itself, so that relays can go away meanwhile.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { ready, scorelay, startEdge } from "../system/house.ts";
import { freePort } from "../system/stage.ts";
import type { Program, Stage } from "../system/stage.ts";
import { madeUp } from "./meet.ts";

/** What is set of a made-up meet, by path. */
export type Changes = Readonly<Record<string, unknown>>;

/** The programs, and the desk's commands. */
export class Hall {
  readonly #stage: Stage;
  readonly #desk: string;
  readonly #edge: number;
  core!: Program;
  edge!: Program;

  private constructor(stage: Stage, desk: number, edge: number) {
    this.#stage = stage;
    this.#desk = `127.0.0.1:${desk}`;
    this.#edge = edge;
    stage.write("core.toml", '[meets]\nkey_file = "receipts.key"\n');
    stage.write("password", "correct horse battery\n");
  }

  /** Starts a core and a relay with the pages, and makes a meet whose desk drives the first stage. */
  static async open(stage: Stage): Promise<Hall> {
    const hall = new Hall(stage, await freePort(), await freePort());
    await hall.startCore();
    await hall.startEdge();
    const made = ["--location", "Platform", "--locations", "Platform=20", "--password-file", `${stage.folder}/password`];
    await hall.meet("create", hall.#url, ...made);
    await hall.meet("drive", hall.#url, "1");
    return hall;
  }

  async startCore(): Promise<void> {
    const ports = ["--listen", this.#desk, "--link", `unix:${this.#stage.folder}/link`, "--metrics", "127.0.0.1:0"];
    this.core = this.#stage.start(scorelay(), "serve", "--config", "core.toml", "--data", "data", ...ports);
    await ready(await this.core.address("metrics"));
  }

  async startEdge(): Promise<void> {
    this.edge = startEdge(this.#stage, `unix:${this.#stage.folder}/link`, this.#edge);
    await ready(await this.edge.address("metrics"));
  }

  get #url(): string {
    return `http://${this.#desk}`;
  }

  /** Runs `scorelay meet` as the desk, and gives what it printed. */
  async meet(...args: readonly string[]): Promise<string> {
    const all = ["meet", ...args, "--state", "platform.meet"];
    const { stdout } = await promisify(execFile)(scorelay(), all, { cwd: this.#stage.folder, maxBuffer: 1 << 24 });
    return stdout;
  }

  /** Sets paths, and waits until the core has them. */
  async set(changes: Changes): Promise<void> {
    const args = Object.entries(changes).flatMap(([path, value]) => [path, JSON.stringify(value)]);
    await this.meet("set", this.#url, ...args, "--wait");
  }

  /** An address of the overlay at the relay, with the token of a new display link. */
  async overlay(query: string): Promise<string> {
    const { link } = JSON.parse(await this.meet("display", this.#url)) as { link: string };
    const { pathname, search, hash } = new URL(link);
    return `http://127.0.0.1:${this.#edge}${pathname}${search}&${query}${hash}`;
  }
}

/** All that sets up the made-up meet, each entry as a whole. */
export function madeUpChanges(more: Readonly<Record<string, unknown>> = {}): Changes {
  const { meet, entries, live } = madeUp();
  const leaves = Object.entries(meet).map(([name, value]) => [`meet.${name}`, value] as const);
  const whole = entries.map(({ id, ...entry }) => [`registration.entries[${id}]`, { ...entry, ...more }] as const);
  return Object.fromEntries([...leaves, ...whole, ["live[1]", live[1]]]);
}
