/** Opens the overlay over a meet in memory in Chromium: `page/`, served by Vite, in front of a bright or a dark picture if wanted. */
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { createServer } from "vite";
import type { ViteDevServer } from "vite";

import type { DisplaySnapshot } from "../../src/meet/types.ts";
import { openPage } from "../rig.ts";
import { PICTURES } from "./pictures.ts";

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
