/** Opens the desk over a meet in memory in Chromium: `page/`, served by Vite. */
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createServer } from "vite";
import type { ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

import type { MeetValue } from "../../src/meet/index.ts";
import { openBrowser, openPage, screens } from "../rig.ts";
import type { MemoryClient } from "./page/memory.ts";

declare global {
  interface Window {
    readonly testing: MemoryClient;
  }
}

/** A server of the pages in source form. */
export interface Source {
  readonly server: ViteDevServer;
  readonly url: string;
}

/** Starts the server on a free port. */
export async function serve(): Promise<Source> {
  const server = await createServer({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    logLevel: "error",
    cacheDir: "node_modules/.vite-desk",
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== "object" || address === null) throw new Error("Vite listens nowhere");
  return { server, url: `http://127.0.0.1:${address.port}/tests/desk/page/index.html` };
}

/** Opens the desk: with a meet in the middle of its squats, at a part of it like `lifting`, or without any where `part` is `null`. */
export async function openDesk(browser: Browser, source: Source, part: string | null, options: BrowserContextOptions = screens.desktop, complaints: string[] = []): Promise<Page> {
  const page = await openPage(browser, part === null ? source.url : `${source.url}?filled&meet=123456789#${part}`, options, complaints);
  await page.waitForSelector(part === null ? ".start form" : ".deskhead");
  return page;
}

/** Desks for the tests of one file: opened as by `openDesk`, closed after each test, which fails where one of them complained. */
export function deskPages(): (part: string | null, options?: BrowserContextOptions) => Promise<Page> {
  let source: Source;
  let browser: Browser;
  const complaints: string[] = [];
  const pages: Page[] = [];
  beforeAll(async () => {
    [source, browser] = await Promise.all([serve(), openBrowser()]);
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await source.server.close();
  });
  return async (part, options) => {
    const page = await openDesk(browser, source, part, options, complaints);
    pages.push(page);
    return page;
  };
}

/** Sets a path as another desk does. */
export function remote(page: Page, path: string, value: MeetValue): Promise<void> {
  return page.evaluate(([at, what]) => window.testing.meet!.remote(at, what), [path, value] as const);
}

/** What stands at a path. */
export function stands(page: Page, path: string): Promise<MeetValue> {
  return page.evaluate((at) => window.testing.meet!.get(at), path);
}

/** What this desk set so far. */
export function writes(page: Page): Promise<[string, MeetValue][]> {
  return page.evaluate(() => window.testing.meet!.writes);
}
