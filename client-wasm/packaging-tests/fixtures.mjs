/**
 * The ways to use the package that are tested, and what each does after its folder is copied and the tarball installed.
 * `usual` ones run by default, the others with `--all`. How a fixture is run is in `lib/fixture.mjs`.
 */

import { expectMeet } from "./lib/boards.mjs";

/** Forbids everything that the package's documentation does not ask for. */
const STRICT = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws://127.0.0.1:*; style-src 'self'",
};

/** [version, the ways it is told to find modules] */
const TYPESCRIPT = [
  ["4.9", ["node", "node16"]],
  ["5.0", ["node", "node16", "bundler"]],
  ["5.9", ["node", "nodenext", "bundler"]],
  ["6.0", ["nodenext", "bundler"]],
  ["7.0", ["nodenext", "bundler"]],
];

export const FIXTURES = {
  "vite-build": {
    usual: true,
    folder: "vite",
    shared: { "board.js": "src/board.js", "meet.js": "src/meet-shown.js" },
    async check(fixture) {
      await fixture.bin("vite", ["build"]);
      await fixture.expectPages("dist", ["", "slim.html"], {}, ["meet.html"]);
    },
  },
  "node-esm": {
    usual: true,
    shared: { "meet.js": "meet-shown.js" },
    async check(fixture) {
      await fixture.expectScript("board.mjs");
      expectMeet(await fixture.node(["meet.mjs"]));
    },
  },
  "node-cjs": {
    usual: true,
    check: (fixture) => fixture.expectScript("board.js"),
  },
  "node-bare": {
    usual: true,
    async check(fixture) {
      const flags = process.allowedNodeEnvironmentFlags.has("--experimental-websocket")
        ? ["--no-experimental-websocket"]
        : [];
      const printed = await fixture.node([...flags, "board.mjs"]);
      if (!/^no-websocket: .*\bws\b/m.test(printed)) throw new Error(`the error should name the package ws: ${printed}`);
    },
  },
  "plain-html": {
    usual: true,
    shared: { "board.js": "board.js", "meet.js": "meet-shown.js" },
    check: (fixture) => fixture.expectPages("", ["module.html", "global.html", "slim.html"], STRICT, ["meet.html"]),
  },
  "vite-dev": {
    folder: "vite",
    shared: { "board.js": "src/board.js", "meet.js": "src/meet-shown.js" },
    check: (fixture) =>
      fixture.expectServed("vite", (port) => ["--host", "127.0.0.1", "--port", String(port), "--strictPort"], ["", "slim.html"]),
  },
  webpack5: {
    shared: { "board.js": "src/board.js" },
    async check(fixture) {
      await fixture.bin("webpack", ["--mode", "production"]);
      await fixture.expectPages("public", ["", "slim.html"]);
    },
  },
  cra5: {
    unlocked: true,
    async check(fixture) {
      await fixture.bin("react-scripts", ["build"], { CI: "true" });
      await fixture.expectPages("build");
    },
  },
  esbuild: {
    shared: { "board.js": "src/board.js" },
    async check(fixture) {
      await fixture.bin("esbuild", ["src/main.js", "--bundle", "--minify", "--outfile=public/main.js"]);
      await fixture.expectPages("public");
    },
  },
  worker: {
    async check(fixture) {
      await fixture.bin("vite", ["build"]);
      await fixture.expectPages("dist");
    },
  },
  jest27: {
    check: (fixture) => fixture.bin("jest", ["--ci"]),
  },
  typescript: {
    async check(fixture) {
      for (const [version, resolutions] of TYPESCRIPT) {
        for (const resolution of resolutions) {
          // The classic way of Node is named so only by versions that had no other.
          const module = /^node(16|next)$/.test(resolution) ? resolution : "esnext";
          const flags = ["-p", ".", "--module", module, "--moduleResolution", resolution];
          try {
            await fixture.node([`node_modules/typescript-${version}/bin/tsc`, ...flags]);
          } catch (error) {
            throw new Error(`TypeScript ${version}, resolution ${resolution}: ${error.message}`);
          }
        }
      }
    },
  },
};
