/**
 * Profiles: what is asked for, when, and for how long it holds. The server is made up, and time too; the last test asks a real one
 * over HTTP.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProfileLoader } from "../src/profiles.js";
import type { Profile } from "../src/types.js";

const SOCKET = "wss://boards.example/v1/live?track_user=twitch%3A1";

/** Ids of each request, in order. */
let asked: string[][] = [];
/** Answers to requests from now on. */
let answer: (ids: string[]) => Response | Promise<Response>;

const profile = (entity: string, name = `Name of ${entity}`): Profile => ({ entity, name, avatar: null, badges: [], ranks: {} });
const json = (profiles: readonly Profile[]): Response => Response.json({ staleSince: null, profiles });
const everybody = (ids: string[]): Response => json(ids.map((id) => profile(id)));
const entities = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => `twitch:${from + at}`);
const names = (snapshot: ReadonlyMap<string, Profile>): string[] => [...snapshot.values()].map(({ name }) => name);

function idsOf(address: string): string[] {
  const list = new URL(address).searchParams.get("ids")!;
  return list.split(",").map(decodeURIComponent);
}

describe("profiles", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    answer = everybody;
    vi.stubGlobal("fetch", async (address: string, { signal }: RequestInit) => {
      const ids = idsOf(address);
      asked.push(ids);
      const aborted = new Promise<never>((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
      return Promise.race([answer(ids), aborted]);
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

  /** E8: fetched for visible rows only. */
  it("gathers what is shown in a moment, and asks for each once", async () => {
    const loader = new ProfileLoader(SOCKET);
    const one = loader.view(["twitch:1"]);
    const two = loader.view(["twitch:1", "twitch:2"]);
    await pass(20);
    two.setEntities(["twitch:2", "twitch:3", "twitch:3"]);
    expect(asked).toEqual([]);
    await pass(100);
    expect(asked).toEqual([["twitch:1", "twitch:2", "twitch:3"]]);
    expect(names(one.getSnapshot())).toEqual(["Name of twitch:1"]);
    expect([...two.getSnapshot().keys()]).toEqual(["twitch:2", "twitch:3"]);
    two.setEntities(["twitch:1"]);
    expect(names(two.getSnapshot())).toEqual(["Name of twitch:1"]);
    await pass(1_000);
    expect(asked).toHaveLength(1);
  });

  it("asks for 64 at a time, twice at once, and not for what scrolled away meanwhile", async () => {
    const loader = new ProfileLoader(SOCKET);
    const answers: Array<() => void> = [];
    answer = (ids) => new Promise((resolve) => answers.push(() => resolve(everybody(ids))));
    const view = loader.view(entities(1, 300));
    await pass(50);
    expect(asked).toEqual([entities(1, 64), entities(65, 128)]);
    view.setEntities(entities(290, 310));
    await pass(5_000);
    expect(asked).toHaveLength(2);
    answers.forEach((give) => give());
    await pass(50);
    expect(asked.slice(2)).toEqual([entities(290, 310)]);
    answers.at(-1)!();
    await pass(50);
    expect(view.getSnapshot().size).toBe(21);
    view.setEntities(entities(1, 64));
    expect(view.getSnapshot().size).toBe(64);
  });

  it("keeps an address within what proxies pass on", async () => {
    const long = Array.from({ length: 64 }, (_, at) => `word:${"ü".repeat(60)}${at}`);
    const view = new ProfileLoader(SOCKET).view(long);
    await pass(2_000);
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.flat().sort()).toEqual([...long].sort());
    expect(view.getSnapshot().size).toBe(64);
  });

  it("remembers that there is none, and asks again when an answer is old", async () => {
    const loader = new ProfileLoader(SOCKET);
    answer = () => json([profile("twitch:1", "Ada")]);
    const view = loader.view(["twitch:1", "twitch:2"]);
    const heard = vi.fn();
    view.subscribe(heard);
    await pass(100);
    expect(names(view.getSnapshot())).toEqual(["Ada"]);
    const before = view.getSnapshot();
    await pass(59_000);
    expect(asked).toHaveLength(1);
    await pass(2_000);
    expect(asked.slice(1)).toEqual([["twitch:2"]]);
    answer = () => json([profile("twitch:1", "Ada"), profile("twitch:2", "Ben")].slice(0, 1));
    await pass(240_000);
    expect(asked.filter((ids) => ids.includes("twitch:1"))).toHaveLength(2);
    expect(view.getSnapshot()).toBe(before);
    expect(heard).toHaveBeenCalledTimes(1);
    answer = () => json([profile("twitch:1", "Ada L."), profile("twitch:2", "Ben")]);
    await pass(400_000);
    expect(names(view.getSnapshot())).toEqual(["Ada L.", "Ben"]);
  });

  it("is bounded, and never forgets what is shown", async () => {
    const loader = new ProfileLoader(SOCKET);
    const shown = loader.view(entities(1, 40));
    const rolling = loader.view([]);
    for (let at = 0; at < 50; at++) {
      rolling.setEntities(entities(1_000 + at * 64, 1_063 + at * 64));
      await pass(100);
    }
    const times = asked.length;
    shown.setEntities(entities(1, 41));
    await pass(100);
    expect(asked.slice(times)).toEqual([["twitch:41"]]);
    rolling.setEntities(entities(1_000, 1_063));
    await pass(100);
    expect(asked.at(-1)).toEqual(entities(1_000, 1_063));
  });

  /** E8: rate limited. */
  it.each([429, 503])("after %d it waits as long as it is told, and tries with one request", async (status) => {
    const loader = new ProfileLoader(SOCKET);
    answer = () => new Response("", { status, headers: { "retry-after": "7" } });
    const view = loader.view(entities(1, 10));
    await pass(100);
    view.setEntities(entities(1, 200));
    await pass(6_900);
    expect(asked).toHaveLength(1);
    answer = everybody;
    await pass(2_500);
    expect(asked.length).toBeGreaterThan(2);
    expect(view.getSnapshot().size).toBe(200);
  });

  /** E8: a relay without its core tells what it remembers. */
  it("shows what a relay can tell, and asks again for the rest, ever more rarely", async () => {
    const loader = new ProfileLoader(SOCKET);
    const partly = (ids: string[]): Response =>
      Response.json({ staleSince: 7, profiles: ids.filter((id) => id !== "twitch:2").map((id) => profile(id)), pending: ids.filter((id) => id === "twitch:2") });
    answer = partly;
    const view = loader.view(["twitch:1", "twitch:2"]);
    await pass(100);
    expect(names(view.getSnapshot())).toEqual(["Name of twitch:1"]);
    const waiting = loader.get("twitch:2");
    let told: Profile | null | undefined;
    waiting.then((given) => (told = given), () => {});
    // Whatever comes into sight meanwhile need not wait.
    view.setEntities(["twitch:1", "twitch:2", "twitch:3"]);
    await pass(100);
    expect(names(view.getSnapshot())).toEqual(["Name of twitch:1", "Name of twitch:3"]);
    await pass(200_000);
    const again = asked.filter((ids) => ids.includes("twitch:2")).length;
    expect(again).toBeGreaterThan(4);
    expect(again).toBeLessThan(12);
    expect(asked.filter((ids) => ids.includes("twitch:1"))).toHaveLength(1);
    expect(told).toBe(undefined);
    await expect(waiting).rejects.toMatchObject({ code: "timed-out" });

    // The relay has its core again, and the connection says so.
    answer = everybody;
    loader.renew();
    await pass(1_100);
    expect(view.getSnapshot().size).toBe(3);
    expect(await loader.get("twitch:2")).toEqual(profile("twitch:2"));
    expect(asked.filter((ids) => ids.includes("twitch:2"))).toHaveLength(again + 1);
  });

  it("keeps showing a profile that cannot be told anew", async () => {
    const loader = new ProfileLoader(SOCKET);
    const view = loader.view(["twitch:1"]);
    await pass(100);
    answer = (ids) => Response.json({ staleSince: 7, profiles: [], pending: ids });
    const before = view.getSnapshot();
    await pass(310_000);
    expect(asked.length).toBeGreaterThan(1);
    expect(view.getSnapshot()).toBe(before);
    expect(before.size).toBe(1);
  });

  it("waits longer after each failure, whatever it is, and never minutes", async () => {
    const loader = new ProfileLoader(SOCKET);
    const failures = [() => Promise.reject(new TypeError("no network")), () => new Response("", { status: 500 }), () => new Response("no JSON"), () => Response.json({})];
    answer = () => failures[asked.length % failures.length]!();
    const view = loader.view(["twitch:1"]);
    await pass(60_000);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.length).toBeLessThan(8);
    await pass(600_000);
    const before = asked.length;
    await pass(150_000);
    expect(asked.length - before).toBeGreaterThanOrEqual(1);
    answer = everybody;
    await pass(80_000);
    expect(view.getSnapshot().size).toBe(1);
  });

  it("gives up a request that is never answered", async () => {
    const loader = new ProfileLoader(SOCKET);
    answer = () => new Promise(() => {});
    const view = loader.view(["twitch:1"]);
    await pass(10_100);
    answer = everybody;
    await pass(2_000);
    expect(view.getSnapshot().size).toBe(1);
  });

  it("a relay without profiles is left alone for a minute", async () => {
    answer = () => new Response("", { status: 404 });
    new ProfileLoader(SOCKET).view(["twitch:1"]);
    await pass(55_000);
    expect(asked).toHaveLength(1);
    await pass(10_000);
    expect(asked).toHaveLength(2);
  });

  it("what is odd in an answer is made sound", async () => {
    answer = () => Response.json({ profiles: [{ entity: "twitch:1", avatar: 7, badges: "x", ranks: null }, { entity: "twitch:99", name: "Not asked for" }] });
    const view = new ProfileLoader(SOCKET).view(["twitch:1"]);
    await pass(100);
    expect([...view.getSnapshot()]).toEqual([["twitch:1", { entity: "twitch:1", name: "", avatar: null, badges: [], ranks: {} }]]);
  });

  it("one profile is waited for, called off, and refused by a closed client", async () => {
    const loader = new ProfileLoader(SOCKET);
    answer = (ids) => json(ids.filter((id) => id !== "twitch:2").map((id) => profile(id, "Ada")));
    const found = Promise.all([loader.get("twitch:1"), loader.get("twitch:2")]);
    await pass(100);
    expect(await found).toEqual([profile("twitch:1", "Ada"), null]);
    expect(await loader.get("twitch:2")).toBe(null);
    await expect(loader.get("nobody")).rejects.toMatchObject({ code: "bad-entity" });
    expect(() => loader.view(["nobody"])).toThrow(expect.objectContaining({ code: "bad-entity" }));
    const off = new AbortController();
    const waiting = expect(loader.get("twitch:3", { signal: off.signal })).rejects.toThrow("enough");
    off.abort(new Error("enough"));
    await waiting;
    answer = () => new Promise(() => {});
    const late = expect(loader.get("twitch:4")).rejects.toMatchObject({ code: "closed" });
    await pass(100);
    loader.end();
    await late;
    const times = asked.length;
    loader.view(["twitch:5"]);
    await pass(100_000);
    expect(asked).toHaveLength(times);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks nothing while nobody looks at the page", async () => {
    const document = { visibilityState: "hidden" };
    vi.stubGlobal("document", document);
    const loader = new ProfileLoader(SOCKET);
    const view = loader.view(["twitch:1"]);
    await pass(10_000);
    expect(asked).toEqual([]);
    document.visibilityState = "visible";
    loader.wake();
    await pass(100);
    expect(view.getSnapshot().size).toBe(1);
  });
});

it("the address is that of the relay, with ids that a comma or a percent sign does not break", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url!);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ staleSince: null, profiles: idsOf(`http://x${request.url!}`).map((id) => profile(id)) }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const loader = new ProfileLoader(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/live`);
  const odd = ["word:a,b", "word:100%", "word:%2C", "room:#ä&b", "twitch:1"];
  const found = await Promise.all(odd.map((entity) => loader.get(entity)));
  expect(found.map((each) => each?.entity)).toEqual(odd);
  expect(seen.map((address) => new URL(address, "http://x").pathname)).toEqual(["/v1/profiles"]);
  loader.end();
  server.close();
});
