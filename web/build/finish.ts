/**
 * Vite plugins that finish the pages: styles go into the HTML, the WebAssembly is asked for by the HTML, and everything
 * that shrinks lies there compressed too, so that a relay only hands out files.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { IndexHtmlTransformContext, Plugin } from "vite";

/** Puts the style sheets into the HTML, and a hint to fetch the WebAssembly beside the script that will want it. */
export function completeHtml(): Plugin {
  // More than one page may have a sheet, so it goes when all pages are there.
  const inlined = new Set<string>();
  return {
    name: "scorelay-complete-html",
    apply: "build",
    enforce: "post",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {}, chunk }) {
        const done = html.replace(/\s*<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>/g, (tag, name: string) => {
          const sheet = bundle[name];
          if (sheet?.type !== "asset") return tag;
          inlined.add(name);
          return `\n    <style>${String(sheet.source).trim()}</style>`;
        });
        const scripts = chunk === undefined ? [] : withImports(chunk, bundle);
        const wasm = Object.keys(bundle).filter((name) => name.endsWith(".wasm") && scripts.some(({ code }) => code.includes(basename(name))));
        const hints = wasm.map((name) => `<link rel="preload" href="/${name}" as="fetch" type="application/wasm" crossorigin />\n    `);
        return done.replace("<script", `${hints.join("")}<script`);
      },
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const name of inlined) delete bundle[name];
      },
    },
  };
}

type Bundle = NonNullable<IndexHtmlTransformContext["bundle"]>;
type Chunk = NonNullable<IndexHtmlTransformContext["chunk"]>;

/** A chunk, and those that it imports, and so on. */
function withImports(chunk: Chunk, bundle: Bundle, found = new Set<Chunk>()): readonly Chunk[] {
  if (found.has(chunk)) return [];
  found.add(chunk);
  for (const name of chunk.imports) {
    const next = bundle[name];
    if (next?.type === "chunk") withImports(next, bundle, found);
  }
  return [...found];
}

const SHRINKS = /\.(?:html|js|css|svg|json|txt|wasm)$/;

/** Writes `.br` and `.gz` beside each file that shrinks. */
export function precompress(): Plugin {
  return {
    name: "scorelay-precompress",
    apply: "build",
    enforce: "post",
    async writeBundle({ dir }) {
      if (dir === undefined) throw new Error("there is no folder to write to");
      const entries = await readdir(dir, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && SHRINKS.test(entry.name));
      await Promise.all(files.map((entry) => compress(join(entry.parentPath, entry.name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const plain = await readFile(file);
  const br = await promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gz = await promisify(gzip)(plain, { level: 9 });
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
}
