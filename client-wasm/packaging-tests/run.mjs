#!/usr/bin/env node
/**
 * Packs the npm package and installs the tarball the ways people do: `node run.mjs [--all] [--keep] [names…]`. It tests the
 * tarball, never the folder that it is packed from, and does not build it: `npm run build -w scorelay` does. With
 * `--lock` it only writes the lock files of the fixtures anew. The fixtures are listed in `fixtures.mjs`.
 */

import { cpSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FIXTURES } from "./fixtures.mjs";
import { startBrowser } from "./lib/boards.mjs";
import { Fixture } from "./lib/fixture.mjs";
import { cleanUp, cleanUpOnSignals, run, temporaryFolder } from "./lib/processes.mjs";
import { ROOT, serveDemo } from "./lib/server.mjs";

const SOURCES = fileURLToPath(new URL("fixtures/", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: "boolean" }, keep: { type: "boolean" }, lock: { type: "boolean" } },
});
cleanUpOnSignals();
try {
  const names = chosen(values.all || values.lock, positionals);
  process.exitCode = values.lock ? await lock(names) : await test(names);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  cleanUp(values.keep);
}

/** Names of the fixtures to run, in the order of the list. */
function chosen(all, wanted) {
  const known = Object.keys(FIXTURES);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no fixture ${unknown.join(", ")}; there are ${known.join(", ")}`);
  if (wanted.length > 0) return known.filter((name) => wanted.includes(name));
  return known.filter((name) => all || FIXTURES[name].usual);
}

/** Runs every fixture, also after one has failed; returns the exit code. */
async function test(names) {
  const tarball = await pack();
  const server = await serveDemo();
  const browser = await startBrowser();
  const failed = [];
  for (const name of names) {
    const began = performance.now();
    const fixture = new Fixture({ source: path.join(SOURCES, FIXTURES[name].folder ?? name), tarball, server, browser });
    let outcome = "ok";
    try {
      await fixture.install(FIXTURES[name].shared);
      await FIXTURES[name].check(fixture);
    } catch (error) {
      outcome = `FAILED\n${error.message}\n`;
      failed.push(name);
    } finally {
      await fixture.close(values.keep);
    }
    console.log(`${name.padEnd(14)} ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${outcome}`);
  }
  await browser.close();
  await server.stop();
  console.log(`fixtures: ${names.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) console.log(`to see them again: node client-wasm/packaging-tests/run.mjs ${failed.join(" ")}`);
  return failed.length > 0 ? 1 : 0;
}

/** Makes the tarball as `npm publish` would; returns its path. */
async function pack() {
  const source = path.join(ROOT, "client-wasm/npm");
  if (!existsSync(path.join(source, "dist"))) throw new Error("build the package first: npm run build -w scorelay");
  const folder = temporaryFolder();
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [packed] = JSON.parse(await run("npm", args, { cwd: source }));
  console.log(`${packed.filename}: ${packed.entryCount} files, ${kilobytes(packed.size)} (${kilobytes(packed.unpackedSize)} unpacked)`);
  return path.join(folder, packed.filename);
}

/** Writes `package-lock.json` of each fixture that has dependencies and keeps a lock file. */
async function lock(names) {
  for (const folder of new Set(names.map((name) => FIXTURES[name].folder ?? name))) {
    const source = path.join(SOURCES, folder);
    const { dependencies } = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8"));
    if (!dependencies || names.some((name) => (FIXTURES[name].folder ?? name) === folder && FIXTURES[name].unlocked)) continue;
    const copy = temporaryFolder();
    cpSync(path.join(source, "package.json"), path.join(copy, "package.json"));
    const flags = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...flags], { cwd: copy });
    cpSync(path.join(copy, "package-lock.json"), path.join(source, "package-lock.json"));
    console.log(`locked ${folder}`);
  }
  return 0;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
