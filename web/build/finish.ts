/**
 * Vite plugins that finish the pages: styles go into the HTML, the WebAssembly is asked for by the HTML, and everything
 * that shrinks lies there compressed too, so that a relay only hands out files.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

/** Puts the style sheet into the HTML, and a hint to fetch the WebAssembly beside the script that will want it. */
export function completeHtml(): Plugin {
  return {
    name: "scorelay-complete-html",
    apply: "build",
    enforce: "post",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const files = Object.values(bundle ?? {});
        let done = html.replace(/\s*<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>/g, (tag, name: string) => {
          const sheet = bundle?.[name];
          if (sheet?.type !== "asset") return tag;
          delete bundle![name];
          return `\n    <style>${String(sheet.source).trim()}</style>`;
        });
        const wasm = files.find(({ fileName }) => fileName.endsWith(".wasm"));
        if (wasm === undefined) throw new Error("the build has no WebAssembly");
        const hint = `<link rel="preload" href="/${wasm.fileName}" as="fetch" type="application/wasm" crossorigin />`;
        done = done.replace("<script", `${hint}\n    <script`);
        return done;
      },
    },
  };
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
