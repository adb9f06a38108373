/**
 * Builds the package into `dist/`: the WebAssembly of `client-wasm/` by wasm-pack and wasm-opt, the scripts by esbuild, the
 * typings by tsc. Nothing is skipped: a step that fails or does not help ends the build, as does a file over its budget.
 * It installs nothing; `cargo xtask setup` does.
 */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");
const CRATE = resolve(HERE, "..");
const WORK = join(HERE, ".build");
const DIST = join(HERE, "dist");
const SOURCE = join(HERE, "src");
const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));

/** Bytes after gzip. */
const BUDGET = { "index.mjs": 110_000, "scorelay.wasm": 60_000, "meet.mjs": 330_000, "scorelay-meet.wasm": 220_000 };

/** What rustc's wasm32-unknown-unknown emits without further flags. */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

const BANNER = { js: `/* scorelay ${version} | MIT OR Apache-2.0 */` };

/** What a browser's script manager reads. People put the address of their OpenLifter there. */
const USER_SCRIPT = `// ==UserScript==
// @name        Scorelay for OpenLifter
// @description Makes OpenLifter live: several laptops work on one meet, and overlays follow it.
// @version     ${version}
// @license     MIT OR Apache-2.0
// @match       https://openlifter.example/*
// @run-at      document-start
// @grant       none
// ==/UserScript==
// Put the address of your OpenLifter in place of the one after @match. Nothing is loaded from elsewhere.`;

function run(program, args, options = {}) {
  execFileSync(program, args, { stdio: "inherit", ...options });
}

/** The file that a package's own package.json names as the program. */
function program(packageName, path) {
  return join(dirname(require.resolve(`${packageName}/package.json`)), path);
}

/** The glue of wasm-bindgen and the optimised file, of the crate with these features. */
function buildWasm(folder, name, features) {
  const glue = join(WORK, folder);
  rmSync(glue, { recursive: true, force: true });
  const fixed = ["--target", "web", "--profile", "wasm", "--mode", "no-install", "--no-opt", "--no-pack"];
  run("wasm-pack", ["build", CRATE, ...fixed, "--out-dir", glue, "--out-name", "core", "--", "--locked", ...features], { cwd: ROOT });
  const [from, to] = [join(glue, "core_bg.wasm"), join(glue, name)];
  const enabled = FEATURES.map((feature) => `--enable-${feature}`);
  const opt = program("binaryen", "bin/wasm-opt");
  // What travels is compressed, and -Oz trades repetition, which compresses, for shorter code that does not: 57.6 kB after
  // gzip, against 54.5 by these.
  const passes = ["-O1", "--dae-optimizing", "--duplicate-function-elimination"];
  run(process.execPath, [opt, ...passes, "--mvp-features", ...enabled, "--strip-debug", "--strip-producers", from, "-o", to]);
  const after = readFileSync(to);
  const sizes = [readFileSync(from), after].map(programBytes);
  if (sizes[1] >= sizes[0]) {
    throw new Error(`wasm-opt made nothing smaller: ${sizes.join(" to ")} bytes`);
  }
  console.log(`${name}: wasm-opt: ${sizes.join(" to ")} bytes without names`);
  return { glue: join(glue, "core.js"), wasm: after };
}

/** Bytes of a WebAssembly file without what is only about it. */
function programBytes(bytes) {
  const module = new WebAssembly.Module(bytes);
  const about = ["name", "producers", "target_features"].flatMap((name) => WebAssembly.Module.customSections(module, name));
  return about.reduce((left, section) => left - section.byteLength, bytes.length);
}

/** Gives the bundler the two modules that `src/wasm.d.ts` names. */
function wasmModules({ glue, wasm }) {
  const base64 = `export default ${JSON.stringify(wasm.toString("base64"))};`;
  return {
    name: "scorelay-wasm",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^scorelay-wasm$/ }, () => ({ path: glue, sideEffects: false }));
      const path = "scorelay-wasm/base64";
      onResolve({ filter: /^scorelay-wasm\/base64$/ }, () => ({ path, namespace: "text", sideEffects: false }));
      onLoad({ filter: /.*/, namespace: "text" }, () => ({ contents: base64, loader: "js" }));
    },
  };
}

/** Has the adapter take `scorelay/meet` from its own entry, so that its WebAssembly is not in two scripts. */
const MEET_OUTSIDE = {
  name: "scorelay-meet-outside",
  setup({ onResolve }) {
    onResolve({ filter: /\/meet\.js$/ }, () => ({ path: "scorelay/meet", external: true }));
  },
};

async function bundle(parts, meetParts) {
  const common = {
    bundle: true,
    target: "es2022",
    charset: "utf8",
    sourcemap: true,
    legalComments: "none",
    banner: BANNER,
    define: { SCORELAY_VERSION: JSON.stringify(version) },
    plugins: [wasmModules(parts)],
    logLevel: "warning",
  };
  const text = [join(SOURCE, "text.ts")];
  // A plain script, and CommonJS in a sandbox of Jest, have no `import.meta`; of the entries only `slim` asks for it.
  const noMeta = { define: { ...common.define, "import.meta.url": "undefined" } };
  const out = (name) => join(DIST, name);
  const both = async (entry, options) => {
    const entryPoints = [join(SOURCE, `${entry}.ts`)];
    const esm = { ...common, ...(entry === "slim" ? {} : noMeta) };
    await build({ ...esm, entryPoints, format: "esm", outfile: out(`${entry}.mjs`), ...options });
    // Nor can a script in that sandbox do anything but `require`.
    const cjs = { ...common, ...noMeta, supported: { "dynamic-import": false } };
    await build({ ...cjs, entryPoints, format: "cjs", outfile: out(`${entry}.js`), ...options });
  };
  await both("index", { inject: text });
  await both("node", { inject: text, platform: "node", external: ["ws"] });
  await both("slim", { inject: text });
  await both("react", { external: ["react", "use-sync-external-store"] });
  const withMeets = { inject: text, plugins: [wasmModules(meetParts)] };
  await both("meet", withMeets);
  await both("openlifter", { plugins: [MEET_OUTSIDE] });
  const global = (entry, name, options) => {
    const script = { format: "iife", globalName: "Scorelay", minify: true, outfile: out(name), ...options };
    return build({ ...common, ...noMeta, entryPoints: [join(SOURCE, `${entry}.ts`)], ...script });
  };
  await global("index", "scorelay.global.js", { inject: text });
  await global("global-meet", "scorelay-meet.global.js", withMeets);
  const script = { ...withMeets, globalName: undefined, sourcemap: false, banner: { js: USER_SCRIPT } };
  await global("openlifter/userscript", "scorelay-openlifter.user.js", script);
  writeFileSync(out("scorelay.wasm"), parts.wasm);
  readdirSync(DIST).filter((name) => name.endsWith(".map")).forEach((name) => trimMap(out(name)));
}

/** A source map that holds the WebAssembly as text would be as large again as the script, and help nobody. */
function trimMap(path) {
  const map = JSON.parse(readFileSync(path, "utf8"));
  map.sources.forEach((source, index) => {
    if (source.endsWith("scorelay-wasm/base64")) {
      map.sourcesContent[index] = "// The WebAssembly as text.\n";
    }
  });
  writeFileSync(path, JSON.stringify(map));
}

/** Each typing twice, for ES modules and for CommonJS: what a file imports has to be of its own kind. */
function buildTypes() {
  const types = join(WORK, "types");
  rmSync(types, { recursive: true, force: true });
  run(process.execPath, [program("typescript", "bin/tsc"), "-p", join(HERE, "tsconfig.build.json"), "--outDir", types]);
  const wanted = new Set();
  const follow = (name) => {
    if (!wanted.has(name)) {
      wanted.add(name);
      const text = readFileSync(join(types, `${name}.d.ts`), "utf8");
      [...text.matchAll(/from "(\.\.?\/[\w/-]+)\.js"/g)].forEach(([, next]) => follow(posix.join(posix.dirname(name), next)));
    }
  };
  ["index", "slim", "react", "meet", "openlifter"].forEach(follow);
  for (const name of wanted) {
    const text = readFileSync(join(types, `${name}.d.ts`), "utf8");
    mkdirSync(dirname(join(DIST, name)), { recursive: true });
    writeFileSync(join(DIST, `${name}.d.ts`), text);
    writeFileSync(join(DIST, `${name}.d.mts`), text.replace(/(from "\.\.?\/[\w/-]+)\.js"/g, '$1.mjs"'));
  }
}

function checkScripts() {
  const scripts = readdirSync(DIST).filter((name) => /\.m?js$/.test(name) && name !== "slim.mjs");
  const bad = scripts.filter((name) => readFileSync(join(DIST, name), "utf8").includes("import.meta"));
  if (bad.length > 0) {
    throw new Error(`import.meta in ${bad.join(", ")}`);
  }
}

function checkSizes(meetParts) {
  const over = [];
  const built = readdirSync(DIST).filter((name) => /\.(m?js|wasm)$/.test(name));
  const files = built.map((name) => [name, readFileSync(join(DIST, name))]);
  for (const [name, bytes] of [...files, ["scorelay-meet.wasm", meetParts.wasm]]) {
    const size = gzipSync(bytes, { level: 9 }).length;
    const budget = BUDGET[name];
    console.log(`${name}: ${bytes.length} bytes, ${size} gzip${budget === undefined ? "" : ` of at most ${budget}`}`);
    if (size > budget) {
      over.push(name);
    }
  }
  if (over.length > 0) {
    throw new Error(`over the budget: ${over.join(", ")}`);
  }
}

const parts = buildWasm("wasm", "scorelay.wasm", []);
const meetParts = buildWasm("wasm-meet", "scorelay-meet.wasm", ["--features", "meets"]);
rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  cpSync(join(ROOT, name), join(HERE, name));
}
await bundle(parts, meetParts);
buildTypes();
checkScripts();
checkSizes(meetParts);
if (!existsSync(join(DIST, "index.d.mts"))) {
  throw new Error("no typings came out");
}
