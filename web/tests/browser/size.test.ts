/** What is sent to a browser before it shows anything: small, compressed, and asked for at once. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

import { dist } from "../rig.ts";

/** Gzip bytes of HTML, styles and scripts together; the scripts of a meet have their WebAssembly in them. */
const BUDGETS: Readonly<Record<string, number>> = {
  "index.html": 40 * 1024,
  "desk.html": 370 * 1024,
  "overlay.html": 340 * 1024,
  "statistics.html": 40 * 1024,
  // Nearly all of it is Swagger UI, which no other page loads.
  "documentation.html": 600 * 1024,
};
/** What no page names: a page asks for it once it is there. */
const LATE = ["desk-worker.js"];

const files = async () =>
  (await readdir(dist, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

/** A page, and the scripts that it loads. */
async function partsOf(page: string): Promise<readonly string[]> {
  const html = await readFile(join(dist, page), "utf8");
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[\w.-]+\.js)"/g)].map(([, name]) => join(dist, name!));
  return [join(dist, page), ...scripts];
}

/** E13: the first screen is small. */
test("each page stays within its budget without WebAssembly of its own", async () => {
  const pages = (await readdir(dist)).filter((name) => name.endsWith(".html"));
  expect(pages.length).toBeGreaterThan(1);
  const loaded = new Set<string>();
  for (const page of pages) {
    const parts = await partsOf(page);
    parts.forEach((part) => loaded.add(part));
    const sizes = await Promise.all(parts.map(async (part) => (await stat(`${part}.gz`)).size));
    const all = sizes.reduce((sum, size) => sum + size, 0);
    expect(all, page).toBeGreaterThan(10 * 1024);
    expect(BUDGETS, `${page} has a budget`).toHaveProperty([page]);
    expect(all, page).toBeLessThan(BUDGETS[page]!);
  }
  const others = (await files()).filter((file) => /\.(html|css|js)$/.test(file) && !loaded.has(file));
  expect(others.map((file) => relative(dist, file)).filter((name) => !LATE.includes(name)), "nothing comes uncounted").toEqual([]);
});

test("every file has copies that are the same when unpacked", async () => {
  const plain = (await files()).filter((file) => !/\.(br|gz)$/.test(file));
  expect(plain.length).toBeGreaterThan(2);
  for (const file of plain) {
    const content = await readFile(file);
    expect(gunzipSync(await readFile(`${file}.gz`)).equals(content), file).toBe(true);
    expect(brotliDecompressSync(await readFile(`${file}.br`)).equals(content), file).toBe(true);
  }
});

test("the HTML has its styles in it, asks for the WebAssembly, and for nothing of others", async () => {
  for (const page of (await readdir(dist)).filter((name) => name.endsWith(".html"))) {
    const html = await readFile(join(dist, page), "utf8");
    expect(html, page).toMatch(/<style>[^]+?<\/style>/);
    expect(html, page).toMatch(/<script type="module" crossorigin src="\/assets\/[\w-]+\.js"><\/script>/);
    expect(html, page).not.toMatch(/<link rel="stylesheet"/);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "").replaceAll("http%3A//www.w3.org/2000/svg", ""), page).not.toMatch(/https?:\/\//);
  }
  const html = await readFile(join(dist, "index.html"), "utf8");
  expect(html).toMatch(/<link rel="preload" href="\/assets\/scorelay-[\w-]+\.wasm" as="fetch" type="application\/wasm" crossorigin/);
});
