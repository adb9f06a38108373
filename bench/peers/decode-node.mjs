/**
 * M7 in Node: `node decode-node.mjs FRAMES PACKAGE SECONDS`. It says `ready` with versions, and answers `check` and
 * `round`.
 */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { decode, encode } from "@msgpack/msgpack";

import { measure } from "./decode.mjs";

const [frames, packaged, seconds] = process.argv.slice(2);
const { connect } = await import(pathToFileURL(packaged));
const cases = JSON.parse(readFileSync(frames, "utf8"));
// Processor time of all threads: the engine's compilers and collectors count.
const clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const running = measure({ cases, seconds: Number(seconds), connect, decode, encode, clock });
const msgpack = new URL("node_modules/@msgpack/msgpack/package.json", import.meta.url);
console.log(`ready Node ${process.version}, @msgpack/msgpack ${JSON.parse(readFileSync(msgpack, "utf8")).version}`);
for await (const line of createInterface(process.stdin)) {
  if (line === "check") {
    await running.check();
    console.log("checked all");
  } else if (line === "round") {
    console.log(`samples ${JSON.stringify(await running.round())}`);
  }
}
process.exit(0);
