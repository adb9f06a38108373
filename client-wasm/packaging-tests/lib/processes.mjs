/**
 * Child processes and temporary folders that never outlive the run: each has a deadline, and all are gone when the run
 * ends, however it ends. What the processes do is the business of those who start them.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const running = new Set();
const folders = new Set();

/** A new temporary folder, removed at the end of the run. */
export function temporaryFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), "scorelay-packaging-"));
  folders.add(folder);
  return folder;
}

/** Removes a folder made by `temporaryFolder` before the end of the run. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  folders.delete(folder);
}

/**
 * Starts a program in a process group of its own. `output()` is what it printed so far, both streams; `ended` resolves to
 * `{ code, signal }`; `stop()` ends the whole group and waits for it.
 */
export function start(program, args, { cwd, env = {} } = {}) {
  const child = spawn(program, args, {
    cwd,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let printed = "";
  let printedOut = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    printed += text;
    printedOut += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  const ended = new Promise((resolve, reject) => {
    child.on("error", (error) => {
      running.delete(child);
      reject(new Error(`cannot start ${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  // Whoever does not await it must not bring the run down.
  ended.catch(() => {});
  return {
    pid: child.pid,
    ended,
    hasEnded: () => !running.has(child),
    output: () => printed,
    stdout: () => printedOut,
    async stop(signal = "SIGTERM", within = 30_000) {
      killGroup(child, signal);
      await Promise.race([ended, deadline(within, "it did not stop")]).catch(() => killGroup(child, "SIGKILL"));
      await ended.catch(() => {});
    },
  };
}

/** Runs a program to its end and returns what it printed to standard output; fails with all that it printed. */
export async function run(program, args, { within = 300_000, ...options } = {}) {
  const child = start(program, args, options);
  const line = [path.basename(program), ...args].join(" ");
  try {
    const { code, signal } = await Promise.race([child.ended, deadline(within, `\`${line}\` did not end`)]);
    if (code !== 0) throw new Error(`\`${line}\` ended with ${signal ?? code}`);
  } catch (error) {
    await child.stop("SIGKILL");
    throw new Error(`${error.message}\n${tail(child.output())}`);
  }
  return child.stdout();
}

/** Polls until `condition` gives something true, and returns that. */
export async function until(condition, within, what) {
  const end = Date.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() >= end) throw new Error(`not within ${within / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25)); // tidy: poll
  }
}

/** The last lines of a long text. */
export function tail(text, lines = 40) {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Ends everything that was started, removes every temporary folder unless they are to be kept. */
export function cleanUp(keep = false) {
  for (const child of running) killGroup(child, "SIGKILL");
  for (const folder of folders) {
    if (keep) console.log(`kept ${folder}`);
    else removeFolder(folder);
  }
}

/** Has everything cleaned up when this process is asked to end. */
export function cleanUpOnSignals() {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
    process.on(signal, () => {
      cleanUp();
      process.exit(code);
    });
  }
}

/** Rejects after so many milliseconds; keeps no process alive. */
function deadline(milliseconds, what) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what} within ${milliseconds / 1000} s`)), milliseconds).unref();
  });
}

function killGroup(child, signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // It is gone already, which is what is wanted.
  }
}
