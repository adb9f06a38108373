/** Opens the overlay over a meet in memory in Chromium: `page/`, served by Vite, in front of a bright or a dark picture if wanted. */
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createServer } from "vite";
import type { ViteDevServer } from "vite";

import type { DisplaySnapshot } from "../../src/meet/types.ts";
import { openPage } from "../rig.ts";

/** As OBS Studio draws it. */
export const OBS: BrowserContextOptions = { viewport: { width: 1920, height: 1080 } };

/** A server of the pages in source form. */
export interface Source {
  readonly server: ViteDevServer;
  readonly url: string;
}

/** Starts the server on a free port. */
export async function serve(): Promise<Source> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const server = await createServer({
    root,
    logLevel: "error",
    cacheDir: "node_modules/.vite-overlay",
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (typeof address !== "object" || address === null) throw new Error("Vite listens nowhere");
  return { server, url: `http://127.0.0.1:${address.port}/tests/overlay/page/index.html` };
}

/** Opens the overlay with a query like `view=bar`. */
export async function openOverlay(browser: Browser, source: Source, query: string, options = OBS, complaints: string[] = []): Promise<Page> {
  const page = await openPage(browser, `${source.url}?${query}`, options, complaints);
  await page.waitForFunction(() => typeof window.show === "function");
  return page;
}

/** Has the overlay show something. */
export function show(page: Page, next: Partial<DisplaySnapshot>): Promise<void> {
  return page.evaluate((snapshot) => window.show(snapshot), next);
}

/** Puts a picture behind the overlay, as a camera would. */
export async function behind(page: Page, picture: keyof typeof PICTURES): Promise<void> {
  await page.addStyleTag({ content: `html { background: ${PICTURES[picture]}; }` });
}

/** A bright hall with windows, and a dark one with spotlights. */
const PICTURES = {
  bright: `
    repeating-linear-gradient(90deg, #fff 0 9rem, #d9e6ee 9rem 9.4rem, #fdfdf8 9.4rem 18rem, #b9c8cf 18rem 18.6rem) 0 0 / 100% 34% no-repeat,
    radial-gradient(ellipse 34rem 26rem at 62% 62%, #e8b48c 0 30%, #f3f0e6 31% 60%, transparent 61%),
    linear-gradient(#f7f9fa 34%, #e9e2d2 34% 70%, #f6e7c1 70%)`,
  dark: `
    radial-gradient(ellipse 22rem 46rem at 50% -6%, rgba(255, 240, 200, 0.55), transparent 70%),
    radial-gradient(ellipse 18rem 40rem at 18% -8%, rgba(120, 160, 255, 0.5), transparent 70%),
    radial-gradient(ellipse 26rem 18rem at 56% 74%, #5a2d25 0 30%, transparent 62%),
    linear-gradient(#05060a 55%, #17110f 55% 78%, #07080b 78%)`,
};
