/**
 * The real thing to connect to: `scorelay serve --demo` on free loopback ports with a folder of its own, and a small server
 * of static files for the pages under test. The binary is that of `SCORELAY_BIN`, by default the debug build.
 */

import { createReadStream, existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { start, tail, temporaryFolder, until } from "./processes.mjs";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const READY_WITHIN = 60_000;

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Starts core, relay and a synthetic crowd; returns `{ url, stop }` when it is ready. */
export async function serveDemo() {
  const binary = process.env.SCORELAY_BIN ?? path.join(ROOT, "target/debug/scorelay");
  if (!existsSync(binary)) throw new Error(`${binary} is missing; run \`cargo build --workspace --bins\` first`);
  const [port, metrics] = [await freePort(), await freePort()];
  const folder = temporaryFolder();
  const config = path.join(folder, "scorelay.toml");
  writeFileSync(config, `[meets]\nkey_file = ${JSON.stringify(path.join(folder, "meets.key"))}\n`);
  const server = start(binary, [
    "serve",
    "--demo",
    ...["--config", config],
    ...["--data", path.join(temporaryFolder(), "data")],
    ...["--listen", `127.0.0.1:${port}`],
    ...["--metrics", `127.0.0.1:${metrics}`],
    ...["--demo-size", "500", "--demo-rate", "200"],
  ]);
  const ready = async () => {
    if (server.hasEnded()) throw new Error(`the server ended by itself:\n${tail(server.output())}`);
    return answers(`http://127.0.0.1:${metrics}/readyz`);
  };
  await until(ready, READY_WITHIN, "the server is ready");
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}

/** Whether a GET of the address succeeds. */
export async function answers(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Serves the files of a folder, each with `headers`; returns `{ url, stop }`. */
export async function serveFolder(folder, headers = {}) {
  const server = createServer((request, response) => {
    const wanted = new URL(request.url, "http://localhost").pathname;
    let file = path.join(folder, path.normalize(decodeURIComponent(wanted)));
    if (existsSync(file) && statSync(file).isDirectory()) file = path.join(file, "index.html");
    if (!existsSync(file)) {
      // Browsers ask for an icon by themselves; its absence is no error of the page.
      response.writeHead(wanted === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

/** A port of the loopback that was free a moment ago. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
