/**
 * A desk in Chromium, against a real core: what it keeps over reloads and a killed browser, who of two tabs has it, and what
 * people are told where a browser keeps nothing. It wants `npm run build` and a binary.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Server } from "./server.js";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"];
const PASSWORD = "correct horse battery";
const LONG = 90_000;

let server: Server;
let files: HttpServer;
let browser: Browser;
let origin: string;

function program(): string {
  const path = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (path === undefined) {
    throw new Error("no Chromium: install it, or name one in CHROMIUM");
  }
  return path;
}

beforeAll(async () => {
  server = await Server.started();
  const page = `<!doctype html><title>desk</title><script src="/scorelay-meet.global.js"></script><script>
    window.client = Scorelay.connect({ url: ${JSON.stringify(server.url)} });
    window.told = (error) => ({ code: error.code, message: error.message });
    window.create = async () => {
      const locations = [{ name: "Platform", priority: 20 }, { name: "Warm-up", priority: 10 }];
      window.meet = await client.createMeet({ location: "Platform", locations, password: ${JSON.stringify(PASSWORD)} });
      return meet.id;
    };
    window.open1 = async (id) => { window.meet = await client.openMeet(id); };
    window.now = () => ({
      state: meet.state.getSnapshot().kind, reason: meet.state.getSnapshot().reason, name: meet.get("meet.name"),
      code: meet.state.getSnapshot().error?.code, waiting: meet.pending.getSnapshot().count,
      saved: meet.pending.getSnapshot().saved, keeping: meet.keeping.getSnapshot().kind,
    });
  </script>`;
  files = createServer(({ url = "" }, answer) => {
    if (url.endsWith(".js")) {
      answer.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(join(DIST, url)));
    } else {
      answer.writeHead(200, { "content-type": "text/html" }).end(page);
    }
  }).listen(0, "127.0.0.1");
  await once(files, "listening");
  origin = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath: program(), args: FLAGS, ignoreDefaultArgs: ["--disable-back-forward-cache"] });
});
afterAll(async () => {
  await browser?.close();
  files?.close();
  await server?.remove();
});

async function opened(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/desk`);
  return page;
}

interface Now {
  state: string;
  reason: string | null;
  name: string;
  code?: string;
  waiting: number;
  saved: boolean;
  keeping: string;
}

function now(page: Page): Promise<Now> {
  return page.evaluate("now()") as Promise<Now>;
}

function until(page: Page, wanted: Partial<Now>): Promise<void> {
  return vi.waitFor(async () => expect(await now(page)).toMatchObject(wanted), { timeout: 60_000, interval: 100 });
}

function made(page: Page): Promise<string> {
  return page.evaluate("create()") as Promise<string>;
}

function name(page: Page, text: string): Promise<unknown> {
  return page.evaluate(`meet.set("meet.name", ${JSON.stringify(text)})`);
}

/** L7: what was set offline is there after a reload, and sent when the core is back. */
it("a reload keeps what waits", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  const page = await opened(context);
  const id = await made(page);
  await name(page, "Before");
  await page.evaluate("meet.settled()");
  await server.kill();
  await until(page, { state: "offline" });
  await name(page, "While offline");
  await until(page, { saved: true, waiting: 1 });
  await page.reload();
  expect(await page.evaluate("client.keptMeets()")).toEqual([{ id, location: "Platform", name: "Before" }]);
  await page.evaluate(`open1(${JSON.stringify(id)})`);
  expect(await now(page)).toMatchObject({ state: "offline", name: "While offline", waiting: 1 });
  const refused = `client.forgetMeet(${JSON.stringify(id)}).catch(told)`;
  expect(await page.evaluate(refused)).toMatchObject({ code: "changes-waiting" });
  await server.start();
  await until(page, { state: "live", name: "While offline", waiting: 0 });
  await page.evaluate(`client.forgetMeet(${JSON.stringify(id)})`);
  expect(await page.evaluate("client.keptMeets()")).toEqual([]);
  await context.close();
});

/** The page went before the core's answer came: it is not lost sight of, taken up by the next call, or forgotten. */
it("a meet whose making got no answer is made after all, or forgotten", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  let page = await opened(context);
  const kept = (): Promise<unknown> => page.evaluate("client.keptMeets({ unanswered: true })");
  const unanswered = { id: "", location: "Platform", name: "" };
  const meets = async (): Promise<number> => (JSON.parse(await server.operate("meet", "list")) as unknown[]).length;
  const before = await meets();
  // The core makes it, and what it answers is not heard any more.
  const lose = async (): Promise<void> => {
    let silent = false;
    await page.routeWebSocket(/.*/, (link) => {
      const core = link.connectToServer();
      link.onMessage((message) => core.send(message));
      core.onMessage((message) => {
        if (!silent) {
          link.send(message);
        }
      });
    });
    await page.reload();
    await page.evaluate("client.ready()");
    silent = true;
    const count = await meets();
    await page.evaluate("void create().catch(() => {})");
    await vi.waitFor(async () => expect(await meets()).toBe(count + 1), { timeout: 60_000, interval: 100 });
    await page.close();
    page = await opened(context);
  };
  await lose();
  expect(await page.evaluate("client.keptMeets()")).toEqual([]);
  expect(await kept()).toEqual([unanswered]);
  const id = await made(page);
  expect(await kept()).toEqual([{ id, location: "Platform", name: "" }]);
  expect(await meets(), "it is the meet of then").toBe(before + 1);
  await page.evaluate(`client.forgetMeet(${JSON.stringify(id)}, { force: true })`);
  await lose();
  await page.evaluate(`client.forgetMeet("", { location: "Platform" })`);
  expect(await kept()).toEqual([]);
  await context.close();
});

/** A Chromium of its own, which can be killed as by a power cut. */
async function spawned(profile: string): Promise<{ running: ChildProcess; context: BrowserContext }> {
  const flags = [...FLAGS, "--headless=new", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
  const running = spawn(program(), [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    running.stderr!.on("data", (text: Buffer) => {
      said += String(text);
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found !== null) {
        resolve(found[1]!);
      }
    });
    running.once("exit", () => reject(new Error(said)));
  });
  const context = (await chromium.connectOverCDP(address)).contexts()[0]!;
  return { running, context };
}

/** L7: the browser is killed while the core is away. */
it("a killed browser keeps what waits", { timeout: LONG }, async () => {
  const profile = mkdtempSync(join(tmpdir(), "scorelay-profile-"));
  const first = await spawned(profile);
  const before = await opened(first.context);
  const id = await made(before);
  await server.kill();
  await name(before, "Before the cut");
  await until(before, { saved: true, waiting: 1 });
  const gone = once(first.running, "exit");
  first.running.kill("SIGKILL");
  await gone;
  const second = await spawned(profile);
  const page = await opened(second.context);
  await page.evaluate(`open1(${JSON.stringify(id)})`);
  expect(await now(page)).toMatchObject({ name: "Before the cut", waiting: 1 });
  await server.start();
  await until(page, { state: "live", name: "Before the cut", waiting: 0 });
  const ended = once(second.running, "exit");
  second.running.kill("SIGKILL");
  await ended;
  rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
});

/** L7: of two tabs one has the desk; the other can take it over, and nothing is lost on the way. */
it("one tab of two has the desk", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  const one = await opened(context);
  const id = await made(one);
  const two = await opened(context);
  await two.evaluate(`open1(${JSON.stringify(id)})`);
  expect(await now(two)).toMatchObject({ state: "elsewhere" });
  const set = `(() => { try { meet.set("meet.name", "Not here"); } catch (error) { return told(error); } })()`;
  expect(await two.evaluate(set)).toMatchObject({ code: "meet-closed" });
  await name(one, "Of the first tab");
  await two.evaluate("meet.takeOver()");
  await until(one, { state: "elsewhere", name: "Of the first tab" });
  await until(two, { state: "live", name: "Of the first tab", waiting: 0 });
  await name(two, "Of the second tab");
  await two.evaluate("meet.settled()");
  await two.close();
  await one.evaluate("meet.takeOver()");
  await until(one, { state: "live", name: "Of the second tab" });
  await context.close();
});

/** L7: a page that the back button brings back goes on, unless another tab took the desk meanwhile. */
it("a page that was put away goes on with what is kept", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  const page = await opened(context);
  const id = await made(page);
  await page.evaluate("window.mark = 1");
  await page.goto(`${origin}/other`);
  const other = await opened(context);
  await other.evaluate(`open1(${JSON.stringify(id)})`);
  await until(other, { state: "live" });
  await name(other, "Meanwhile");
  await other.evaluate("meet.settled()");
  await other.close();
  // Playwright's own way waits for a page to be loaded, and this one is not.
  await page.evaluate("history.back()");
  await vi.waitFor(async () => expect(await page.evaluate("window.mark")).toBe(1), { timeout: 20_000, interval: 50 });
  await until(page, { state: "live", name: "Meanwhile" });
  await name(page, "Afterwards");
  await page.evaluate("meet.settled()");
  await context.close();
});

/** L7: where the browser has no more room, what was set is not passed over in silence. */
it("a full disk closes the desk and says so", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  const page = await opened(context);
  const id = await made(page);
  const session = await context.newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  // Chromium looks at its quota every half a minute only.
  const change = `meet.state.getSnapshot().kind === "closed" || meet.set("meet.name", "No room for " + performance.now())`;
  await vi.waitFor(async () => {
    await page.evaluate(change);
    expect(await now(page)).toMatchObject({ state: "closed", code: "no-space", saved: false });
  }, { timeout: 60_000, interval: 100 });
  expect((await now(page)).name).toContain("No room for");
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await page.evaluate(`open1(${JSON.stringify(id)})`);
  await until(page, { state: "live", waiting: 0 });
  await context.close();
});

/** L7: a private window works, and says that it keeps nothing for long; without any database it says that it keeps nothing. */
it("a browser that keeps nothing is a desk that says so", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  const page = await opened(context);
  await made(page);
  expect(await now(page)).toMatchObject({ state: "live", keeping: "best-effort" });
  expect(await page.evaluate("meet.keeping.getSnapshot().warning")).toContain("private window");
  const without = await context.newPage();
  await without.addInitScript("Object.defineProperty(globalThis, 'indexedDB', { value: undefined })");
  await without.goto(`${origin}/desk`);
  await made(without);
  await name(without, "Only here");
  await without.evaluate("meet.settled()");
  expect(await now(without)).toMatchObject({ state: "live", keeping: "none", name: "Only here" });
  await context.close();
});

/** L3, L7: the session ends while the desk is offline; it joins again and what waited is sent. */
it("a session that ended meanwhile is opened again by the password", { timeout: LONG }, async () => {
  const context = await browser.newContext();
  const page = await opened(context);
  const id = await made(page);
  await context.setOffline(true);
  await page.evaluate("client.close()");
  await server.operate("meet", "revoke", id, "1");
  await context.setOffline(false);
  await page.reload();
  await page.evaluate(`open1(${JSON.stringify(id)})`);
  await until(page, { state: "logged-out", reason: "password" });
  await name(page, "Set while logged out");
  const wrong = `meet.join({ password: "not the password" }).catch(told)`;
  expect(await page.evaluate(wrong)).toMatchObject({ code: "bad-login" });
  await page.evaluate(`meet.join({ password: ${JSON.stringify(PASSWORD)} })`);
  await page.evaluate("meet.settled()");
  expect(await now(page)).toMatchObject({ state: "live", name: "Set while logged out", waiting: 0 });
  await context.close();
});

/** L7: no clock is trusted. */
it.each([-3_600_000, 3_600_000])("a clock that is off by %i ms changes nothing", { timeout: LONG }, async (off) => {
  const context = await browser.newContext();
  await context.addInitScript(`{ const now = Date.now; Date.now = () => now() + (${off}); }`);
  const page = await opened(context);
  await made(page);
  await name(page, "At some time");
  await page.evaluate("meet.settled()");
  await page.reload();
  await page.evaluate("client.keptMeets().then(([{ id }]) => open1(id))");
  await until(page, { state: "live", name: "At some time" });
  await context.close();
});
