/**
 * Chromium, and what it tells of a page from outside: what its sockets carried and what it complained about. What is on
 * the page is read in `board-page.ts`.
 */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

import { DEADLINE } from "./until.ts";
import type { Stage } from "./stage.ts";

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

/** How to start it. */
export interface BrowserOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Whether pages are kept for the back button, which Playwright switches off. */
  readonly backForwardCache?: boolean;
}

/** Starts Chromium, which ends with the test, and opens an empty page. */
export async function openBrowser(stage: Stage, options: BrowserOptions = {}): Promise<Page> {
  const executablePath = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (executablePath === undefined) throw new Error("no Chromium: name one by CHROMIUM");
  const without = ["--hide-scrollbars", ...(options.backForwardCache === true ? ["--disable-back-forward-cache"] : [])];
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS, ignoreDefaultArgs: without, timeout: DEADLINE });
  stage.atEnd(() => browser.close());
  const { viewport = { width: 1280, height: 800 } } = options;
  const context = await browser.newContext({ viewport } satisfies BrowserContextOptions);
  context.setDefaultTimeout(DEADLINE);
  return context.newPage();
}

/** What the live sockets of a page carried so far, counted by the browser. Bytes are those of messages, without frame headers. */
export class Traffic {
  sockets = 0;
  open = 0;
  messagesIn = 0;
  bytesIn = 0;
  readonly sent: Uint8Array[] = [];

  /** Counts from now on. */
  constructor(page: Page) {
    page.on("websocket", (socket) => {
      this.sockets += 1;
      this.open += 1;
      socket.on("framereceived", ({ payload }) => {
        this.messagesIn += 1;
        this.bytesIn += payload.length;
      });
      socket.on("framesent", ({ payload }) => this.sent.push(Buffer.from(payload)));
      socket.on("close", () => (this.open -= 1));
    });
  }
}

/** Collects what goes wrong inside a page: errors nobody caught, and errors on its console but for those of lost connections. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/WebSocket|ERR_CONNECTION/.test(message.text())) heard.push(message.text());
  });
  return heard;
}
