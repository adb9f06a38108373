/**
 * What was built, in Chromium: behind content security policies, from a file of its own, in a Worker, and in a page that
 * the back button brings back. Other ways to load the package are tried in `client-wasm/packaging-tests`.
 */

import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Server } from "./server.js";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"];
const TYPES: Record<string, string> = { html: "text/html", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };
const WASM_ALLOWED = "script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; connect-src *";
const WASM_FORBIDDEN = "script-src 'self' 'unsafe-inline'; connect-src *";

let relay: Server;
let files: HttpServer;
let browser: Browser;
let origin: string;

/** Pages by address: content security policy and script. */
function pages(): Record<string, readonly [string, string]> {
  const options = `{ url: ${JSON.stringify(relay.url)} }`;
  const show = `
    window.client = client;
    window.view = client.board("messages").view({ from: 1, to: 5 });
    window.states = [client.state.getSnapshot().kind];
    client.state.subscribe(() => window.states.push(client.state.getSnapshot().kind));`;
  const global = `<script src="/scorelay.global.js"></script><script>const client = Scorelay.connect(${options});${show}</script>`;
  return {
    "/global": [WASM_ALLOWED, global],
    "/forbidden": [WASM_FORBIDDEN, global],
    "/slim": [WASM_ALLOWED, `<script type="module">import { connect } from "/slim.mjs"; const client = connect(${options});${show}</script>`],
    "/empty": [WASM_ALLOWED, "<p>elsewhere</p>"],
    "/worker": [WASM_ALLOWED, `<script>new Worker("/worker.js").onmessage = ({ data }) => { window.rows = data; };</script>`],
  };
}

beforeAll(async () => {
  const executablePath = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (executablePath === undefined) {
    throw new Error("no Chromium: install it, or name one in CHROMIUM");
  }
  relay = await Server.started();
  const worker = `
    importScripts("/scorelay.global.js");
    const view = Scorelay.connect({ url: ${JSON.stringify(relay.url)} }).board("messages").view({ from: 1, to: 5 });
    view.subscribe(() => view.getSnapshot().complete && postMessage(view.getSnapshot().rows.length));`;
  files = createServer(({ url = "" }, answer) => {
    const page = pages()[url];
    if (page !== undefined) {
      const head = { "content-type": "text/html", "content-security-policy": page[0] };
      answer.writeHead(200, head).end(`<!doctype html><title>test</title>${page[1]}`);
    } else if (url === "/worker.js") {
      answer.writeHead(200, { "content-type": "text/javascript", "content-security-policy": WASM_ALLOWED }).end(worker);
    } else if (existsSync(join(DIST, url))) {
      answer.writeHead(200, { "content-type": TYPES[url.split(".").pop()!] ?? "" }).end(readFileSync(join(DIST, url)));
    } else {
      answer.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(files, "listening");
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  // Playwright turns the back-forward cache off unless told otherwise.
  browser = await chromium.launch({ executablePath, args: FLAGS, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
});
afterAll(async () => {
  await browser?.close();
  files?.close();
  await relay?.remove();
});

async function opened(path: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(origin + path);
  return page;
}

/** Waits until an expression is true in the page. Playwright's own way would need a policy that allows `eval`. */
function until(page: Page, expression: string): Promise<void> {
  const check = async (): Promise<void> => expect(await page.evaluate(`Boolean(${expression})`), expression).toBe(true);
  return vi.waitFor(check, { timeout: 20_000, interval: 20 });
}

function shown(page: Page): Promise<void> {
  return until(page, "window.view?.getSnapshot().complete && window.view.getSnapshot().rows.length === 5");
}

it.each(["/global", "/slim"])("%s shows a board behind a policy that allows WebAssembly", async (path) => {
  const page = await opened(path);
  await shown(page);
  expect(await page.evaluate("window.states")).toEqual(["connecting", "live"]);
  await page.close();
});

/** E8: over HTTP, by a page of another origin. */
it.each(["/global", "/slim"])("%s has the profiles of its rows", async (path) => {
  const page = await opened(path);
  await shown(page);
  await page.evaluate("window.profiles = client.profiles.view(view.getSnapshot().rows.map(({ entity }) => entity))");
  await until(page, "window.profiles.getSnapshot().size === 5");
  const asked = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/profiles')).length";
  expect(await page.evaluate(asked)).toBe(1);
  await page.close();
});

it("a policy that forbids WebAssembly is named", async () => {
  const page = await opened("/forbidden");
  await until(page, "window.client.state.getSnapshot().kind === 'closed'");
  const { code, message } = (await page.evaluate(
    "(({ code, message }) => ({ code, message }))(window.client.state.getSnapshot().error)",
  )) as { code: string; message: string };
  expect(code).toBe("no-wasm");
  expect(message).toContain("'wasm-unsafe-eval'");
  await page.close();
});

it("a Worker shows a board", async () => {
  const page = await opened("/worker");
  await until(page, "window.rows === 5");
  await page.close();
});

it("a page that the back button brings back is live again, and was not loaded anew", async () => {
  const page = await opened("/global");
  await shown(page);
  await page.evaluate("window.mark = 'same page'; addEventListener('pageshow', (event) => { window.persisted = event.persisted; })");
  await page.goto(`${origin}/empty`);
  await page.evaluate("history.back()");
  await until(page, "window.client.state.getSnapshot().kind === 'live'");
  await shown(page);
  expect(await page.evaluate("[window.mark, window.persisted]")).toEqual(["same page", true]);
  expect(await page.evaluate("window.states")).toEqual(["connecting", "live", "offline", "offline", "live"]);
  expect(await page.evaluate("window.client.stats().connections")).toBe(2);
  await page.close();
});
