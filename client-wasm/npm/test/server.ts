/**
 * A real core with a relay and a made-up crowd, for tests: the binary of the environment variable SCORELAY_BIN, or of
 * cargo's target folder.
 */

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { vi } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const given = process.env.SCORELAY_BIN ?? ["debug", "release"].map((kind) => join(target, kind, "scorelay")).find(existsSync);
  if (given === undefined) {
    throw new Error("no binary scorelay: `cargo build -p scorelay`, or name one in SCORELAY_BIN");
  }
  return given;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** One server, that may be killed and started again at the same address. */
export class Server {
  readonly url: string;
  readonly #ports: readonly [number, number];
  readonly #folder = mkdtempSync(join(tmpdir(), "scorelay-npm-"));
  readonly #data = join(this.#folder, "data");
  #process: ChildProcess | null = null;

  private constructor(ports: readonly [number, number]) {
    this.#ports = ports;
    this.url = `http://127.0.0.1:${ports[0]}`;
  }

  static async started(): Promise<Server> {
    const server = new Server([await freePort(), await freePort()]);
    await server.start();
    return server;
  }

  /** Starts it, until it is ready. */
  async start(): Promise<void> {
    const [port, metrics] = this.#ports;
    const addresses = ["--listen", `127.0.0.1:${port}`, "--metrics", `127.0.0.1:${metrics}`, "--data", this.#data];
    const config = join(this.#folder, "scorelay.toml");
    writeFileSync(config, `[meets]\nkey_file = ${JSON.stringify(join(this.#folder, "meets.key"))}\n`);
    const crowd = ["--config", config, "--demo", "--demo-size", "300", "--demo-rate", "300"];
    this.#process = spawn(binary(), ["serve", ...addresses, ...crowd], { stdio: "ignore" });
    const ready = async (): Promise<void> => {
      const { ok, status } = await fetch(`http://127.0.0.1:${metrics}/readyz`);
      if (!ok) {
        throw new Error(`not ready: status ${status}`);
      }
    };
    await vi.waitFor(ready, { timeout: 30_000, interval: 50 });
  }

  /** What an operator's command on the machine of the core says. */
  async operate(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(binary(), [...args, "--data", this.#data, "--json"]);
    return stdout;
  }

  /** Kills it at once, as a power cut would. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running !== null && running.exitCode === null) {
      const gone = once(running, "exit");
      running.kill("SIGKILL");
      await gone;
    }
  }

  /** Kills it and removes what it stored. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 });
  }
}
