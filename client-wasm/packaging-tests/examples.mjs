#!/usr/bin/env node
/**
 * Runs the programs of `examples/` against a real server, pages in a real browser: `node examples.mjs`. They use the package
 * as it stands in this checkout; how it is installed elsewhere is tested by `run.mjs`.
 */

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expectLiveText, startBrowser } from "./lib/boards.mjs";
import { cleanUp, cleanUpOnSignals, run, temporaryFolder } from "./lib/processes.mjs";
import { ROOT, serveDemo, serveFolder } from "./lib/server.mjs";

/** Where the examples look for a relay when nothing else is said. */
const USUAL = "http://127.0.0.1:7420";
const EXAMPLES = { "ten-lines": tenLines, "vite-react": viteReact, node: nodeScript };

cleanUpOnSignals();
try {
  const server = await serveDemo();
  const browser = await startBrowser();
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const began = performance.now();
    await example(server.url, browser).catch((error) => {
      throw new Error(`examples/${name}: ${error.message}`);
    });
    console.log(`${name.padEnd(14)} ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ok`);
  }
  await browser.close();
  await server.stop();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  cleanUp();
}

/** Opened from the disk, as its README says, with the address of this run's server. */
async function tenLines(url, browser) {
  const folder = temporaryFolder();
  const page = readFileSync(path.join(ROOT, "examples/ten-lines/index.html"), "utf8");
  if (!page.includes(USUAL)) throw new Error(`it should connect to ${USUAL}`);
  writeFileSync(path.join(folder, "index.html"), page.replace(USUAL, url));
  cpSync(path.join(ROOT, "client-wasm/npm/dist/scorelay.global.js"), path.join(folder, "scorelay.global.js"));
  await expectLiveText(browser, pathToFileURL(path.join(folder, "index.html")).href, "pre", 10);
}

async function viteReact(url, browser) {
  const folder = temporaryFolder();
  const args = ["run", "build", "-w", "scorelay-example-vite-react", "--", "--outDir", folder, "--emptyOutDir"];
  await run("npm", args, { cwd: ROOT, env: { VITE_SCORELAY_URL: url } });
  const site = await serveFolder(folder);
  await expectLiveText(browser, site.url, "tbody", 20);
  await site.stop();
}

async function nodeScript(url) {
  const printed = await run(process.execPath, ["board.mjs", url, "messages", "3"], {
    cwd: path.join(ROOT, "examples/node"),
    within: 60_000,
  });
  const boards = printed.trim().split("\n\n");
  const good = boards.every((board) => /^\S.* rows, /.test(board) && /^ +1 {2}\S+:\S+ +\d+$/m.test(board));
  if (boards.length !== 3 || new Set(boards).size !== 3 || !good) {
    throw new Error(`three different boards should be printed:\n${printed}`);
  }
}
