/** What is sent to a browser before it shows anything: small, compressed, and asked for at once. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

import { dist } from "../rig.ts";

/** Gzip bytes of HTML, styles and scripts together. */
const BUDGET = 40 * 1024;

const files = async () =>
  (await readdir(dist, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

/** E13: the first screen is small. */
test("the pages without the WebAssembly stay within their budget", async () => {
  const packed = (await files()).filter((file) => /\.(html|css|js)\.gz$/.test(file));
  expect(packed.length).toBeGreaterThan(1);
  const sizes = await Promise.all(packed.map(async (file) => (await stat(file)).size));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  expect(all).toBeGreaterThan(10 * 1024);
  expect(all).toBeLessThan(BUDGET);
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
  const html = await readFile(join(dist, "index.html"), "utf8");
  expect(html).toMatch(/<style>[^<]+<\/style>/);
  expect(html).toMatch(/<link rel="preload" href="\/assets\/scorelay-[\w-]+\.wasm" as="fetch" type="application\/wasm" crossorigin/);
  expect(html).toMatch(/<script type="module" crossorigin src="\/assets\/[\w-]+\.js"><\/script>/);
  expect(html).not.toMatch(/<link rel="stylesheet"/);
  expect(html.replaceAll("http://www.w3.org/2000/svg", "").replaceAll("http%3A//www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
});
