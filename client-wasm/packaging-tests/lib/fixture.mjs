/**
 * One fixture while it is tested: a copy of its folder somewhere else, so that nothing of this checkout can be found from
 * it, with the tarball installed. What a fixture does is in `fixtures.mjs`, what is looked for in `boards.mjs`.
 */

import { cpSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expectLiveOutput, expectLivePage, expectMeetPage } from "./boards.mjs";
import { freePort, answers, serveFolder } from "./server.mjs";
import { removeFolder, run, start, tail, temporaryFolder, until } from "./processes.mjs";

const SHARED = fileURLToPath(new URL("../fixtures/shared/", import.meta.url));
const SCRIPT_WITHIN = 300_000;

export class Fixture {
  #open = [];

  constructor({ source, tarball, server, browser }) {
    this.folder = temporaryFolder();
    this.tarball = tarball;
    this.server = server;
    this.browser = browser;
    cpSync(source, this.folder, {
      recursive: true,
      filter: (file) => path.basename(file) !== "node_modules",
    });
  }

  /** Installs the pinned dependencies and the tarball, and copies in the shared files at the paths given. */
  async install(shared = {}) {
    for (const [name, to] of Object.entries(shared)) cpSync(path.join(SHARED, name), path.join(this.folder, to));
    const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--omit-lockfile-registry-resolved"];
    await run("npm", ["install", ...flags, this.tarball], { cwd: this.folder, within: 600_000 });
  }

  /** Runs a program of an installed package to its end. */
  async bin(name, args, env = {}) {
    return run(this.#program(name), args, { cwd: this.folder, env: this.#env(env) });
  }

  /** Serves a folder of the fixture and expects a live board on each page, and a meet on each of `meets`. */
  async expectPages(folder, pages = [""], headers = {}, meets = []) {
    const site = await serveFolder(path.join(this.folder, folder), headers);
    this.#open.push(site);
    for (const page of pages) await this.expectPage(`${site.url}/${page}`);
    for (const page of meets) await expectMeetPage(this.browser, `${site.url}/${page}?url=${encodeURIComponent(this.server.url)}`);
  }

  /** Starts a program that serves pages on the port that `args` makes use of; expects a live board on each page. */
  async expectServed(name, args, pages = [""]) {
    const port = await freePort();
    const child = start(this.#program(name), args(port), { cwd: this.folder, env: this.#env() });
    this.#open.push(child);
    const url = `http://127.0.0.1:${port}/`;
    const up = () => {
      if (child.hasEnded()) throw new Error(`${name} ended by itself:\n${tail(child.output())}`);
      return answers(url);
    };
    await until(up, SCRIPT_WITHIN, `${name} serves ${url}`);
    for (const page of pages) await this.expectPage(url + page);
  }

  /** Expects a live board on a page, which is told by `?url=` where the relay is. */
  async expectPage(url) {
    await expectLivePage(this.browser, `${url}?url=${encodeURIComponent(this.server.url)}`);
  }

  /** Runs a script in Node; expects that it prints live boards and ends by itself. */
  async expectScript(script) {
    expectLiveOutput(await this.node([script]));
  }

  /** Runs Node, which is told by `SCORELAY_URL` where the relay is. */
  async node(args) {
    return run(process.execPath, args, { cwd: this.folder, env: this.#env(), within: SCRIPT_WITHIN });
  }

  /** Stops what it started and removes its folder. */
  async close(keep) {
    for (const open of this.#open) await open.stop();
    if (!keep) removeFolder(this.folder);
  }

  #program(name) {
    return path.join(this.folder, "node_modules/.bin", name);
  }

  #env(more = {}) {
    return { SCORELAY_URL: this.server.url, ...more };
  }
}
