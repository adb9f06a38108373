/**
 * Cores and relays as these tests start them: debug builds on loopback, found by `SCORELAY_BIN` and `SCORELAY_RELAY_BIN`
 * or in `target/debug`, and the built pages, found in `web/dist` or by `SCORELAY_PAGES_DIR`. It builds none of them.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { Program, Stage } from "./stage.ts";
import { until } from "./until.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function found(variable: string, fallback: string, make: string): string {
  const path = resolve(process.env[variable] ?? resolve(root, fallback));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`${make}\` first`);
  return path;
}

/** The core's program. */
export const scorelay = (): string => found("SCORELAY_BIN", "target/debug/scorelay", "cargo build --workspace --bins");
/** The relay's program. */
export const scorelayRelay = (): string =>
  found("SCORELAY_RELAY_BIN", "target/debug/scorelay-relay", "cargo build --workspace --bins");
/** The folder with the built pages. */
export const pages = (): string => found("SCORELAY_PAGES_DIR", "web/dist", "npm run build -w web");

/** Starts a core without a port for clients. */
export function startCore(stage: Stage, config: string, link: string, ...more: readonly string[]): Program {
  const args = ["--config", config, "--data", "data", "--listen", "none", "--link", link, "--metrics", "127.0.0.1:0"];
  return stage.start(scorelay(), "serve", ...args, ...more);
}

/** Starts a relay that only feeds other relays. */
export function startInnerRelay(stage: Stage, upstream: string, link: string): Program {
  const args = ["--upstream", upstream, "--listen", "none", "--link", link, "--metrics", "127.0.0.1:0"];
  return stage.start(scorelayRelay(), ...args);
}

/** Starts a relay that serves the pages at a port of loopback; 0 takes a free one. */
export function startEdge(stage: Stage, upstream: string, port = 0, ...more: readonly string[]): Program {
  const args = ["--upstream", upstream, "--listen", `127.0.0.1:${port}`, "--pages", pages(), "--metrics", "127.0.0.1:0"];
  return stage.start(scorelayRelay(), ...args, ...more);
}

/** A core and one relay with the pages. */
export interface Pair {
  core: Program;
  /** `tcp:` link of the core. */
  readonly link: string;
  readonly edge: Program;
  /** Where the pages are. */
  readonly origin: string;
  readonly metrics: string;
}

/** Starts a core with this configuration, and a relay with the pages. */
export async function startPair(stage: Stage, config: string, ...more: readonly string[]): Promise<Pair> {
  const core = startCore(stage, stage.write("core.toml", config), "tcp:127.0.0.1:0", ...more);
  const link = await core.address("link");
  const edge = startEdge(stage, link);
  const [origin, metrics] = [await edge.address("listen"), await edge.address("metrics")];
  await ready(metrics);
  return { core, link, edge, origin, metrics };
}

/** The text at an address of a program's metrics; `null` where nobody answers well. */
async function got(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
    const text = await answer.text();
    return answer.ok ? text : null;
  } catch {
    return null;
  }
}

/** Waits until `/readyz` says yes. */
export async function ready(metrics: string): Promise<void> {
  await until(`${metrics} is ready`, async () => (await got(`${metrics}/readyz`)) !== null);
}

/** The value of a metric; `name` with its labels as printed. */
export async function metric(metrics: string, name: string): Promise<number> {
  const text = (await got(`${metrics}/metrics`)) ?? "";
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no metric ${name}`);
  return Number(line.slice(name.length + 1));
}

/** Puts rows on a board of a core, in the place of those that are there; it may be running. */
export function importRows(stage: Stage, config: string, board: string, rows: Iterable<readonly [string, number]>): void {
  const lines = ["rank,entity,score"];
  for (const [entity, score] of rows) lines.push(`${lines.length},${entity},${score}`);
  const file = stage.write("rows.csv", `${lines.join("\n")}\n`);
  stage.run(scorelay(), "import", "--config", config, "--data", "data", "--board", board, "--format", "csv", file);
}
