/**
 * What was built, in Node with the package `ws`, against a real core and relay. It wants `npm run build` and a binary.
 */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import * as limits from "../src/limits.js";
import type { BoardSnapshot, Client, ConnectOptions, WebSocketConstructor } from "../src/types.js";
import { Server } from "./server.js";
import { until } from "./until.js";

const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(PACKAGE, "dist");
const require = createRequire(import.meta.url);

/** What the entries have in common. */
interface Entry {
  connect(options: ConnectOptions & { wasm?: BufferSource }): Client;
  ScorelayError: unknown;
}

let server: Server;

beforeAll(async () => {
  server = await Server.started();
});
afterAll(() => server.remove());

async function entry(name: string): Promise<Entry> {
  const path = join(DIST, name);
  return name.endsWith(".js") ? (require(path) as Entry) : ((await import(/* @vite-ignore */ path)) as Entry);
}

function full(rows: number): (snapshot: BoardSnapshot) => boolean {
  return ({ complete, rows: shown }) => complete && shown.length === rows && !shown.includes(null);
}

it("arguments are checked by the limits of the core", async () => {
  const { Core, initSync } = await import(/* @vite-ignore */ join(PACKAGE, ".build/wasm/core.js"));
  initSync({ module: new WebAssembly.Module(readFileSync(join(DIST, "scorelay.wasm"))) });
  const { WINDOW_ROWS, MASK_TRACKS, MAX_PACE_MS, AROUND_ROWS, PLATFORM_BYTES, ENTITY_ID_BYTES } = limits;
  const ours = [WINDOW_ROWS, MASK_TRACKS, MAX_PACE_MS, AROUND_ROWS, PLATFORM_BYTES, ENTITY_ID_BYTES];
  expect([...Core.limits()]).toEqual(ours);
});

/** E5, E12: every entry shows a board over the binary protocol, and only the rows asked for. */
it.each(["node.mjs", "node.js", "index.mjs", "index.js", "slim.mjs", "slim.js"])("%s shows a board", async (name) => {
  const { connect } = await entry(name);
  const wasm = name.startsWith("slim") ? { wasm: readFileSync(join(DIST, "scorelay.wasm")) } : {};
  const client = connect({ url: server.url, WebSocket: WebSocket as unknown as WebSocketConstructor, ...wasm });
  await client.ready();
  const view = client.board("messages").view({ from: 3, to: 7 });
  const { rows, from, title } = await until(view, full(5));
  expect([from, title]).toEqual([3, "Messages"]);
  expect(rows.map((row) => row!.rank)).toEqual([3, 4, 5, 6, 7]);
  expect(rows.every((row, index) => index === 0 || rows[index - 1]!.score >= row!.score)).toBe(true);
  client.close();
});

/** E13, E14: a window moves, somebody is followed, found, and seen among the neighbours. */
it("answers agree with what is shown", async () => {
  const { connect } = await entry("node.mjs");
  const client = connect({ url: server.url, track: "demo:1" });
  expect(client.state.getSnapshot().kind).toBe("connecting");
  const board = client.board("messages");
  const view = board.view({ from: 1, to: 10 });
  const { entity } = (await until(view, full(10))).rows[4]!;
  const [tracked, found, around] = [client.track(entity), await client.find(entity), await board.around(entity, 2)];
  expect(found).toMatchObject({ entity, known: true, held: false, places: [{ board: "messages" }] });
  expect(found.places[0]!.at!.rank).toBeLessThan(20);
  const self = around.findIndex((row) => row.entity === entity);
  expect(around.map((row) => row.rank)).toEqual(around.map((_, index) => around[self]!.rank + index - self));
  expect((await board.find(entity))!.score).toBeGreaterThanOrEqual(around[self]!.score);
  expect(await board.find("nobody:1")).toBeNull();
  expect(await board.around("nobody:1", 2)).toEqual([]);
  await expect(client.board("no-such-board").find(entity)).rejects.toMatchObject({ code: "no-such-board" });
  await until(tracked, ({ known, places }) => known && places[0]?.at);
  view.setWindow({ from: 11, to: 40 });
  await until(view, (snapshot) => snapshot.from === 11 && full(30)(snapshot));
  await until(client.board("no-such-board").view({ from: 1, to: 2 }), ({ presence }) => presence === "absent");
  expect(client.directory.getSnapshot()).toMatchObject([{ id: "messages", synthetic: true }]);
  expect(client.stats()).toMatchObject({ connections: 1, misfits: 0 });
  client.close();
});

/** E8: profiles over HTTP, of those who stand on a board only. */
it.each(["node.mjs", "index.js"])("%s has profiles of the rows in sight", async (name) => {
  const { connect } = await entry(name);
  const client = connect({ url: server.url, WebSocket: WebSocket as unknown as WebSocketConstructor });
  const view = client.board("messages").view({ from: 1, to: 20 });
  const rows = (await until(view, full(20))).rows.map((row) => row!.entity);
  const profiles = await until(client.profiles.view([...rows, "nobody:1"]), ({ size }) => size === 20);
  expect([...profiles.keys()]).toEqual(rows);
  for (const [entity, profile] of profiles) {
    expect(profile).toMatchObject({ entity, avatar: null, ranks: {} });
    expect(profile.name.length).toBeGreaterThan(0);
  }
  expect(await client.profiles.get(rows[0]!)).toBe(profiles.get(rows[0]!));
  expect(await client.profiles.get("nobody:1")).toBeNull();
  client.close();
});

it("a server that dies and comes back is offline, then live, and what was shown is held meanwhile", async () => {
  const { connect } = await entry("node.mjs");
  const client = connect({ url: server.url });
  const view = client.board("messages").view({ from: 1, to: 5 });
  await until(view, full(5));
  await server.kill();
  const offline = await until(client.state, ({ kind }) => kind === "offline");
  expect(offline.error).toMatchObject({ name: "ScorelayError", retryable: true });
  expect(view.getSnapshot()).toMatchObject({ held: true, complete: false });
  expect(view.getSnapshot().rows).toHaveLength(5);
  await until(client.state, ({ error }) => error?.code === "unreachable" && /ECONNREFUSED/.test(error.message));
  await server.start();
  await until(client.state, ({ kind }) => kind === "live");
  await until(view, (snapshot) => full(5)(snapshot) && !snapshot.held);
  expect(client.stats()).toMatchObject({ connections: 2, misfits: 0 });
  client.close();
});

it.each(["node.mjs", "node.js"])("nothing of %s keeps Node alive after the end", async (name) => {
  const load = name.endsWith(".mjs") ? `await import(${JSON.stringify(join(DIST, name))})` : `require(${JSON.stringify(join(DIST, name))})`;
  const program = `(async () => {
    const { connect } = ${load};
    const client = connect({ url: ${JSON.stringify(server.url)} });
    const view = client.board("messages").view({ from: 1, to: 3 });
    await new Promise((done) => view.subscribe(() => view.getSnapshot().complete && done()));
    client.close();
    console.log(view.getSnapshot().rows.length);
  })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { timeout: 15_000, cwd: PACKAGE });
  expect(stdout.trim()).toBe("3");
});

it("says what is missing where there is no WebSocket", async () => {
  const program = `
    delete globalThis.WebSocket;
    const client = require(${JSON.stringify(join(DIST, "index.js"))}).connect({ url: "http://127.0.0.1:1" });
    client.ready().catch(({ code, message }) => console.log(code, message));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], { timeout: 15_000 });
  expect(stdout).toContain("no-websocket there is no WebSocket here: give connect() one, or install the package ws");
});
