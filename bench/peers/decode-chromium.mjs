/**
 * M7 in Chromium: `node decode-chromium.mjs FRAMES PACKAGE SECONDS`, with CHROMIUM for another one than the system's.
 * It serves the scripts on loopback, opens them in a page, and answers as `decode-node.mjs` does.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const HERE = dirname(fileURLToPath(import.meta.url));
const TYPES = { ".mjs": "text/javascript", ".json": "application/json", ".html": "text/html" };
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const [frames, packaged, seconds] = process.argv.slice(2);
const files = { "/frames.json": frames, "/package.mjs": packaged };

const server = createServer(async ({ url }, response) => {
  try {
    const path = files[url] ?? join(HERE, normalize(url));
    const body = url === "/" ? "<!doctype html><title>M7</title>" : await readFile(path);
    // Isolated from others, a page has the finest clock.
    response.writeHead(200, {
      "content-type": TYPES[url === "/" ? ".html" : extname(path)] ?? "text/plain",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(error));
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.evaluate(async (time) => {
  const { measure } = await import("/decode.mjs");
  const { connect } = await import("/package.mjs");
  const { decode, encode } = await import("/node_modules/@msgpack/msgpack/dist.esm/index.mjs");
  const cases = await (await fetch("/frames.json")).json();
  globalThis.running = measure({ cases, seconds: time, connect, decode, encode, clock: () => performance.now() });
}, Number(seconds));
console.log(`ready Chromium ${browser.version()}`);
for await (const line of createInterface(process.stdin)) {
  if (line === "check") {
    await page.evaluate(() => globalThis.running.check());
    console.log("checked all");
  } else if (line === "round") {
    console.log(`samples ${JSON.stringify(await page.evaluate(() => globalThis.running.round()))}`);
  }
}
await browser.close();
server.close();
