/**
 * Chromium, and what it tells of a page from outside: what its sockets carried and what it complained about. What is on
 * the page is read in `board-page.ts`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";

import type { Stage } from "./stage.ts";
import { DEADLINE, until } from "./until.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A scroll bar of its own width, which a mouse can drag.
  "--disable-features=OverlayScrollbar",
];

/** Chromium's program. */
function program(): string {
  const paths = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = paths.find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error("no Chromium: name one by CHROMIUM");
  return found;
}

/** Starts Chromium, which ends with the test, and opens an empty page of this size. */
export async function openBrowser(stage: Stage, viewport = { width: 1280, height: 800 }): Promise<Page> {
  const options = { executablePath: program(), args: FLAGS, ignoreDefaultArgs: ["--hide-scrollbars"], timeout: DEADLINE };
  const browser = await chromium.launch(options);
  stage.atEnd(() => browser.close());
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(DEADLINE);
  return context.newPage();
}

/**
 * Starts Chromium as people have it, with tabs of which only the one in front can be seen, and pages kept for the back
 * button: Playwright switches off both where it starts the browser itself.
 */
export async function openTabs(stage: Stage): Promise<BrowserContext> {
  const flags = ["--headless", ...FLAGS, "--remote-debugging-port=0", `--user-data-dir=${join(stage.folder, "profile")}`];
  const started = stage.start(program(), ...flags, "about:blank");
  const endpoint = await until("Chromium listens", () => /DevTools listening on (\S+)/.exec(started.log)?.[1]);
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
  stage.atEnd(() => browser.close());
  const context = browser.contexts()[0];
  if (context === undefined) throw new Error("Chromium has no window");
  context.setDefaultTimeout(DEADLINE);
  return context;
}

/** Starts Chromium with a profile of this name, which stays when the browser is closed and started again. */
export async function openProfile(stage: Stage, name: string, viewport = { width: 1440, height: 900 }): Promise<BrowserContext> {
  const options = { executablePath: program(), args: FLAGS, ignoreDefaultArgs: ["--hide-scrollbars"], timeout: DEADLINE, viewport };
  const context = await chromium.launchPersistentContext(join(stage.folder, name), options);
  stage.atEnd(() => context.close());
  context.setDefaultTimeout(DEADLINE);
  return context;
}

/** What the live sockets of a page carried so far, counted by the browser. Bytes are those of messages, without frame headers. */
export class Traffic {
  /** Sockets opened so far. */
  sockets = 0;
  bytesIn = 0;
  /** When each message came, in milliseconds of this process. */
  readonly times: number[] = [];
  /** Messages of the page. */
  readonly sent: Buffer[] = [];

  /** Counts from now on. */
  constructor(page: Page) {
    page.on("websocket", (socket) => {
      this.sockets += 1;
      socket.on("framereceived", ({ payload }) => {
        this.times.push(performance.now());
        this.bytesIn += payload.length;
      });
      socket.on("framesent", ({ payload }) => this.sent.push(Buffer.from(payload)));
    });
  }

  get messagesIn(): number {
    return this.times.length;
  }
}

/**
 * Collects what goes wrong inside a page: errors nobody caught, and errors on its console but for those of lost connections
 * and of other pages' missing icons.
 */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    const { url } = message.location();
    const expected = /WebSocket|ERR_CONNECTION/.test(message.text()) || url.endsWith("/favicon.ico");
    if (message.type() === "error" && !expected) heard.push(`${message.text()} ${url}`);
  });
  return heard;
}
