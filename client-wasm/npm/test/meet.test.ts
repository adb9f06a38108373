/**
 * Desks and displays as they were built, in Node with the package `ws`, against a real core. It wants `npm run build` and a
 * binary; what browsers keep is tried in `meet-browser.test.ts`.
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { DisplayLink, Meet, MeetClient } from "../src/meet-types.js";
import type { ConnectOptions } from "../src/types.js";
import { Server } from "./server.js";
import { until } from "./until.js";

const require = createRequire(import.meta.url);
const built = join(dirname(fileURLToPath(import.meta.url)), "../dist/meet.js");
const PASSWORD = "correct horse battery";
const LOCATIONS = [
  { name: "Platform", priority: 20 },
  { name: "Warm-up", priority: 10 },
];
const LONG = 60_000;

let server: Server;
const clients: MeetClient[] = [];

beforeAll(async () => {
  server = await Server.started();
});
afterEach(() => clients.splice(0).forEach((client) => client.close()));
afterAll(() => server.remove());

function connected(): MeetClient {
  const { connect } = require(built) as { connect(options: ConnectOptions): MeetClient };
  const client = connect({ url: server.url, WebSocket: WebSocket as never });
  clients.push(client);
  return client;
}

function made(): Promise<Meet> {
  return connected().createMeet({ location: "Platform", locations: LOCATIONS, password: PASSWORD });
}

function joined(meet: string, location = "Warm-up"): Promise<Meet> {
  return connected().joinMeet({ meet, location, password: PASSWORD });
}

/** What is thrown, or rejected. */
async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "nothing";
}

/** L1, L2, L5: what one desk sets, the other shows. */
it("two desks show the same", { timeout: LONG }, async () => {
  const platform = await made();
  expect(platform.id).toMatch(/^\d{3}-\d{3}-\d{3}$/);
  expect([platform.location, platform.block]).toEqual(["Platform", { first: 5_000, count: 10_000 }]);
  const entry = platform.nextEntry();
  platform.set(`registration.entries[${entry}]`, { name: "Ada", "squat[1]": { kg: 102.5, result: "open" } });
  platform.set("meet.name", "Open");
  expect(platform.pending.getSnapshot().count).toBe(2);
  await platform.settled();
  const other = await joined(platform.id.replaceAll("-", " "));
  expect(other.getSnapshot()).toEqual(platform.getSnapshot());
  expect(other.nextEntry()).toBe(15_000);
  expect(other.locations.getSnapshot()).toEqual(LOCATIONS);
  other.set(`registration.entries[${entry}].squat[1]`, { kg: 102.5, result: "good" });
  const { entries } = await until(platform, (tree) => tree.entries[0]?.["squat[1]"]?.result === "good");
  expect(entries).toEqual([{ id: 5_000, name: "Ada", "squat[1]": { kg: 102.5, result: "good" } }]);
});

/** What is no path or no value changes nothing, nor does anything that came with it. */
it("several changes are one, or none", { timeout: LONG }, async () => {
  const meet = await made();
  const before = meet.getSnapshot();
  const refused = (path: string, value: never): Promise<string> =>
    codeOf(() => meet.setAll([["meet.name", "Open"], [path, value]]));
  expect(await refused("meet.nme", "x" as never)).toBe("bad-path");
  expect(await refused("registration.entries[5000].name", "Nobody" as never)).toBe("bad-path");
  expect(await refused("registration.entries[15000]", {} as never)).toBe("bad-path");
  expect(await refused("meet.inKg", "yes" as never)).toBe("bad-value");
  expect(await refused("meet.lengthDays", NaN as never)).toBe("bad-value");
  expect(await refused("meet.name", (() => {}) as never)).toBe("bad-value");
  expect(meet.getSnapshot()).toBe(before);
  expect(meet.pending.getSnapshot().count).toBe(0);
  meet.setAll([["registration.entries[5000]", {}], ["registration.entries[5000].name", "Ada"], ["meet.city", null]]);
  expect(meet.getSnapshot()).toMatchObject({ meet: { city: null }, entries: [{ id: 5_000, name: "Ada" }] });
  expect(meet.get("meet.name")).toBeUndefined();
});

/** L19: numbers come back bit by bit, from the core too; null is not nothing. */
it("values come back as they were", { timeout: LONG }, async () => {
  const meet = await made();
  const numbers = [-0, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 102.5, 1e21, 45.359237];
  const name = 'a"\\\u0007\n\u2028𝄞';
  meet.setAll([["meet.weightClassesKgMen", numbers], ["meet.name", name], ["meet.state", null]]);
  await meet.settled();
  const other = await joined(meet.id);
  const { weightClassesKgMen, ...others } = other.getSnapshot().meet;
  expect(weightClassesKgMen?.length).toBe(numbers.length);
  weightClassesKgMen?.forEach((number, at) => expect(Object.is(number, numbers[at]), String(number)).toBe(true));
  expect(others).toEqual({ name, state: null });
  other.set("meet.state", undefined);
  await until(meet, (tree) => !("state" in tree.meet));
});

/** Objects in which nothing changed stay the same, so that a page draws only what did. */
it("what did not change is the same object", { timeout: LONG }, async () => {
  const meet = await made();
  meet.setAll([5_000, 5_001, 5_002].map((id) => [`registration.entries[${id}]`, { name: `L${id}`, divisions: ["Open"] }]));
  const before = meet.getSnapshot();
  meet.set("registration.entries[5001].lot", 7);
  const after = meet.getSnapshot();
  expect(after.entries.map((entry, at) => entry === before.entries[at])).toEqual([true, false, true]);
  expect(after.entries[1]!.divisions).toBe(before.entries[1]!.divisions);
  expect([after.meet === before.meet, after.live === before.live]).toEqual([true, true]);
  await meet.settled();
  expect(meet.getSnapshot().entries.map((entry, at) => entry === after.entries[at])).toEqual([true, true, true]);
  meet.set("registration.entries[5000].deleted", true);
  expect(meet.getSnapshot()).toMatchObject({ entries: [{ id: 5_001 }, { id: 5_002 }], deleted: [{ id: 5_000 }] });
});

/** L7, L8: a change that does not stand is shown beside the one that does, and can be made again. */
it("what was overruled is told, and can be set again", { timeout: LONG }, async () => {
  const platform = await made();
  const warmUp = await joined(platform.id);
  await server.kill();
  await until(platform.state, ({ kind }) => kind === "offline");
  await until(warmUp.state, ({ kind }) => kind === "offline");
  platform.set("meet.city", "Of the platform");
  warmUp.set("meet.city", "Of the warm-up room");
  expect(warmUp.pending.getSnapshot()).toMatchObject({ count: 1 });
  await server.start();
  const [lost] = await until(warmUp.overruled, (all) => all.length === 1);
  const expected = { path: "meet.city", mine: "Of the warm-up room", stands: "Of the platform", location: "Platform" };
  expect(lost).toMatchObject({ ...expected, why: "overruled" });
  expect(warmUp.get("meet.city")).toBe("Of the platform");
  warmUp.useMineAgain(lost!.line);
  expect(warmUp.overruled.getSnapshot()).toEqual([]);
  await until(platform, (tree) => tree.meet.city === "Of the warm-up room");
  expect(await codeOf(() => warmUp.useMineAgain(lost!.line))).toBe("not-overruled");
});

/** L14, L17: a display shows the public part, and nothing else is in what it is sent. */
it("a display follows a stage and sees nothing private", { timeout: LONG }, async () => {
  const meet = await made();
  const secret = { birthDate: "1990-02-03", memberId: "member-77", notes: "private-note", paid: true, email: "ada@example.org" };
  meet.set("registration.entries[5000]", { name: "Ada", ...secret });
  await meet.drive(1);
  await until(meet.drives, (stages) => stages.join() === "1");
  const stage = { flight: "A", lift: "squat", attempt: 1, lifter: 5_000 } as const;
  meet.set("live[1]", stage);
  await meet.settled();
  const link = await meet.displayLink();
  expect(link.token).toMatch(/^[\w-]{43}$/);
  const received: string[] = [];
  class Listening extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.on("message", (data: Buffer) => received.push(Buffer.from(data).toString("latin1")));
    }
  }
  const { connect } = require(built) as { connect(options: ConnectOptions): MeetClient };
  const client = connect({ url: server.url, WebSocket: Listening as never });
  clients.push(client);
  const display = client.watchMeet(link);
  const { tree } = await until(display, (shown) => shown.tree !== null);
  expect(tree?.entries).toEqual([{ id: 5_000, name: "Ada" }]);
  expect(tree?.live[1]).toEqual(stage);
  meet.setAll([["registration.entries[5000].notes", "private-note-2"], ["registration.entries[5000].team", "Team"]]);
  const { tree: later } = await until(display, (shown) => shown.tree?.entries[0]?.team === "Team");
  expect(later?.live).toBe(tree?.live);
  const bytes = received.join("");
  expect(bytes).toContain("Team");
  [secret.birthDate, secret.memberId, secret.email, "private-note"].forEach((text) => expect(bytes).not.toContain(text));
  await server.kill();
  await until(client.state, ({ kind }) => kind === "offline");
  expect(display.getSnapshot()).toMatchObject({ tree: { entries: [{ team: "Team" }] }, held: true });
  await server.start();
  await until(display, ({ held }) => !held);
  expect(display.getSnapshot().tree?.entries[0]).toBe(later?.entries[0]);
  display.close();
});

/** L2, L3: what is wrong has a code, and leaves nothing behind. */
it("refusals have codes", { timeout: LONG }, async () => {
  const meet = await made();
  const client = connected();
  const join = (given: object) => () =>
    client.joinMeet({ meet: meet.id, location: "Warm-up", password: PASSWORD, ...given });
  expect(await codeOf(join({ meet: "12" }))).toBe("bad-meet");
  expect(await codeOf(join({ password: "short" }))).toBe("bad-password");
  expect(await codeOf(join({ location: "Nowhere" }))).toBe("no-such-location");
  expect(await codeOf(join({ password: "not this password" }))).toBe("bad-login");
  expect(await codeOf(() => client.openMeet(meet.id))).toBe("not-kept");
  const locations = [{ name: "Platform", priority: 1.5 }];
  expect(await codeOf(() => client.createMeet({ location: "Platform", locations, password: PASSWORD }))).toBe("bad-locations");
  expect(await codeOf(() => client.watchMeet({ meet: meet.id, token: "?" }))).toBe("bad-link");
  const wrong: DisplayLink = { meet: meet.id, token: "A".repeat(43) };
  await until(client.watchMeet(wrong), ({ gone }) => gone !== null);
  const waiting = new AbortController();
  await server.kill();
  const never = codeOf(() => client.joinMeet({ meet: meet.id, location: "Warm-up", password: PASSWORD, signal: waiting.signal }));
  waiting.abort(Object.assign(new Error("no more"), { code: "called-off" }));
  expect(await never).toBe("called-off");
  await server.start();
});

/** L1, L3, L11: what people ask of the core. */
it("sessions, passwords, locations, results", { timeout: LONG }, async () => {
  const meet = await made();
  await meet.addLocation({ name: "Scales", priority: 5 });
  await until(meet.locations, (all) => all.length === 3);
  const scales = await joined(meet.id, "Scales");
  const sessions = await meet.sessions();
  expect(sessions.map(({ role, location, own }) => [role, location, own])).toEqual([["desk", "Platform", true], ["desk", "Scales", false]]);
  await meet.changePassword({ old: PASSWORD, new: "another long password" });
  expect(await codeOf(() => joined(meet.id))).toBe("bad-login");
  await meet.revoke(sessions[1]!.number);
  await until(scales.state, ({ kind, reason }) => kind === "logged-out" && reason === "password");
  expect(await codeOf(() => scales.sessions())).toBe("bad-session");
  await scales.join({ password: "another long password" });
  await scales.leave();
  await until(scales.state, ({ reason }) => reason === "left");
  const results = { csv: "OPL Format v1\n", returnAddress: "director@example.com" };
  expect(await codeOf(() => scales.publish(results))).toBe("bad-session");
  expect(await meet.publish({ ...results, force: true })).toEqual({ number: 1 });
  await until(meet.state, ({ finished }) => finished);
  meet.set("meet.name", "Too late");
  const [late] = await until(meet.overruled, (all) => all.length === 1);
  expect(late).toMatchObject({ why: "late", mine: "Too late", stands: undefined });
  meet.close();
  expect(await codeOf(() => meet.set("meet.name", "x"))).toBe("meet-closed");
});
