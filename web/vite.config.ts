/** How the pages are built: Preact in React's place, hashed files under `/assets/`, and what `build/finish.ts` adds. */
import { defineConfig } from "vite";

import { completeHtml, precompress } from "./build/finish.ts";

const compat = "preact/compat";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^react$/, replacement: compat },
      { find: /^react-dom$/, replacement: compat },
      { find: /^react\/jsx-runtime$/, replacement: "preact/jsx-runtime" },
      // Preact has the hook that this stands in for.
      { find: /^use-sync-external-store\/shim$/, replacement: compat },
    ],
    dedupe: ["preact"],
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  plugins: [completeHtml(), precompress()],
});
