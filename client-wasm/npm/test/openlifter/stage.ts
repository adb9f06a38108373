/** What the browser tests of the adapter need: bundles, a server for the pages, Chromium, and words for what is done. */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type PluginBuild } from "esbuild";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { expect, vi } from "vitest";

const HERE = dirname(fileURLToPath(import.meta.url));
const LIKE = join(HERE, "../../../openlifter-like");
export const APP = join(LIKE, "src/unmodified.ts");
export const FORK = join(LIKE, "src/fork.ts");
/** One React for all, the app's: what it uses lies beside another one. */
const ALIAS = Object.fromEntries(["react", "react-dom"].map((name) => [name, join(LIKE, "node_modules", name)]));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"];
/** How long anything may take. */
export const DEADLINE = { timeout: 20_000, interval: 20 };

/** What `npm run build` made of the meets' part, WebAssembly and all. */
const BUILT = {
  name: "built-meet",
  setup: ({ onResolve }: PluginBuild): void => onResolve({ filter: /\/meet\.js$/ }, () => ({ path: join(HERE, "../../dist/meet.mjs") })),
};

/** A script for a page. */
export async function bundled(entry: string): Promise<string> {
  const define = { "process.env.NODE_ENV": '"production"', SCORELAY_VERSION: '"0.0.0"', "import.meta.url": "undefined" };
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife", target: "es2022", jsx: "automatic", define, alias: ALIAS, plugins: [BUILT], logLevel: "error" });
  return outputFiles[0]!.text;
}

/** Pages by path; each has a plain body and these scripts, before anything else in this order. */
export async function serve(pages: { [path: string]: ReadonlyArray<string> }): Promise<{ origin: string; close: () => void }> {
  const server = createServer(({ url = "" }, answer) => {
    const [, path, script] = /^(\/[a-z-]*)(?:\.(\d)\.js)?$/.exec(url) ?? [];
    const scripts = pages[path ?? ""];
    if (scripts === undefined) {
      answer.writeHead(404).end();
    } else if (script !== undefined) {
      answer.writeHead(200, { "content-type": "text/javascript" }).end(scripts[Number(script)]);
    } else {
      const tags = scripts.map((_, at) => `<script src="${path}.${at}.js"></script>`).join("");
      answer.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><meta charset="utf-8"><title>app</title><body>${tags}`);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

/** Chromium with one window. */
export async function browser(): Promise<{ context: () => Promise<BrowserContext>; close: () => Promise<void> }> {
  const executablePath = [process.env.CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (executablePath === undefined) {
    throw new Error("no Chromium: install it, or name one in CHROMIUM");
  }
  const started = await chromium.launch({ executablePath, args: FLAGS });
  const context = async (): Promise<BrowserContext> => {
    const made = await started.newContext({ viewport: { width: 1280, height: 900 } });
    made.setDefaultTimeout(DEADLINE.timeout);
    return made;
  };
  return { context, close: () => started.close() };
}

/** A window with the app. */
export class Window {
  readonly page: Page;
  /** Errors nobody caught. */
  readonly errors: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("dialog", (dialog) => void dialog.accept());
  }

  static async open(context: BrowserContext, address: string): Promise<Window> {
    const window = new Window(await context.newPage());
    await window.page.goto(address);
    await vi.waitFor(async () => expect([await window.page.locator("main nav").count(), window.errors]).toEqual([1, []]), DEADLINE);
    return window;
  }

  /** What the app's store has at a dotted path. */
  state(path: string): Promise<unknown> {
    return this.page.evaluate((given) => given.split(".").reduce((part: any, key) => part?.[key], (window as any).store.getState()), path);
  }

  async shows(path: string, value: unknown): Promise<void> {
    await vi.waitFor(async () => expect(await this.state(path), path).toEqual(value), DEADLINE);
  }

  async go(page: string): Promise<void> {
    await this.page.click(`nav a:text-is("${page} ")`);
  }

  box(label: string): ReturnType<Page["getByLabel"]> {
    return this.page.locator(`main [aria-label="${label}"]`);
  }

  async boxShows(label: string, text: string): Promise<void> {
    await vi.waitFor(async () => expect(await this.box(label).inputValue(), label).toBe(text), DEADLINE);
  }

  dispatch(...actions: object[]): Promise<void> {
    return this.page.evaluate((given) => given.forEach((action) => (window as any).store.dispatch(action)), actions);
  }

  /** The word on the panel's pill. */
  async pill(word: string | RegExp): Promise<void> {
    const pill = this.page.locator("scorelay-panel .pill");
    await vi.waitFor(async () => expect(await pill.textContent()).toMatch(word), DEADLINE);
  }

  async openPanel(): Promise<void> {
    const pill = this.page.locator("scorelay-panel .pill");
    if ((await pill.getAttribute("aria-expanded")) !== "true") {
      await pill.click();
    }
  }

  closePanel(): Promise<void> {
    return this.page.locator("scorelay-panel .pill").click();
  }

  /** Fills in the form that has this button, and sends it. */
  async form(button: string, values: { [name: string]: string }): Promise<void> {
    await this.openPanel();
    const details = this.page.locator("scorelay-panel details", { has: this.page.locator(`button:text-is("${button}")`) });
    await details.evaluate((element: any) => (element.open = true));
    for (const [name, value] of Object.entries(values)) {
      await details.locator(`[name="${name}"]`).fill(value);
    }
    await details.locator(`button:text-is("${button}")`).click();
  }
}
