/** How the pages are built: one HTML each, Preact in React's place, hashed files under `/assets/`, and what `build/finish.ts` adds. */
import { defineConfig } from "vite";

import { completeHtml, precompress } from "./build/finish.ts";

const compat = "preact/compat";

// What `vite preview` needs to stand in for a relay.
const relay = process.env["RELAY"] ?? "http://127.0.0.1:7420";
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:";

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
    rolldownOptions: {
      input: ["index.html", "desk.html", "overlay.html", "documentation.html", "statistics.html", "src/worker/desk-worker.ts"],
      // A service worker is asked for by one name, whatever is in it.
      output: { entryFileNames: ({ name }) => (name === "desk-worker" ? "[name].js" : "assets/[name]-[hash].js") },
    },
    // All that browsers of 2022 know, and Chromium 103 in OBS Studio 28 to 30 too.
    target: "es2022",
    cssTarget: ["chrome103", "firefox115", "safari16"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The meet pages have their WebAssembly in the script, and Swagger UI is as large as it is.
    chunkSizeWarningLimit: 1600,
  },
  preview: {
    headers: { "content-security-policy": policy },
    proxy: { "/v1": { target: relay, ws: true }, "/stats": { target: relay } },
  },
  plugins: [completeHtml(), precompress()],
});
