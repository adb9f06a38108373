/**
 * What can be given: windows, entities, paces, addresses. And the clock and the stand-ins for text codecs.
 */

import { describe, expect, it, vi } from "vitest";
import { socketAddress } from "../src/address.js";
import { newClock } from "../src/clock.js";
import { fakeClient } from "./fakes.js";

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
}

describe("arguments that cannot be are refused at once", () => {
  const client = fakeClient();
  const board = client.board("b");

  it.each([[0, 1], [2, 1], [1.5, 3], [1, NaN], [1, 15_809], [2 ** 32 - 1, 2 ** 32], ["1", 2]])("%s to %s", (from, to) => {
    const window = { from, to } as { from: number; to: number };
    expect(codeOf(() => board.view(window))).toBe("bad-range");
    const view = board.view({ from: 1, to: 2 });
    expect(codeOf(() => view.setWindow(window))).toBe("bad-range");
    expect(view.window).toEqual({ from: 1, to: 2 });
  });

  it("the widest and the deepest window are none of them", () => {
    board.view({ from: 10, to: 15_817 }).close();
    board.view({ from: 2 ** 32 - 1, to: 2 ** 32 - 1 }).close();
  });

  const long = (bytes: number): string => `twitch:${"ü".repeat(bytes / 2)}`;
  it.each(["", "twitch", "twitch:", ":1", "Twitch:1", "a b:1", `${"a".repeat(33)}:1`, "a:\u0085", "a:\ud800", long(130)])(
    "entity %j",
    async (entity) => {
      expect(codeOf(() => client.track(entity))).toBe("bad-entity");
      expect(codeOf(() => fakeClient({ track: ["twitch:1", entity] }))).toBe("bad-entity");
      await expect(board.find(entity)).rejects.toMatchObject({ code: "bad-entity" });
      await expect(board.around(entity, 1)).rejects.toMatchObject({ code: "bad-entity" });
      await expect(client.find(entity)).rejects.toMatchObject({ code: "bad-entity" });
    },
  );

  it.each(["twitch:1", "emote:7tv:a b", `${"a".repeat(32)}:1`, "word:+%&", long(128)])("entity %j is one", (entity) => {
    client.track(entity).close();
  });

  it("paces, numbers of rows and of entities", async () => {
    for (const pace of [-1, 10_001, NaN]) {
      expect(codeOf(() => client.setPace(pace))).toBe("bad-range");
      expect(codeOf(() => fakeClient({ pace }))).toBe("bad-range");
    }
    for (const rows of [-1, 51, 1.5]) {
      await expect(board.around("twitch:1", rows)).rejects.toMatchObject({ code: "bad-range" });
    }
    const track = Array.from({ length: 17 }, (_, n) => `twitch:${n}`);
    expect(codeOf(() => fakeClient({ track }))).toBe("mask-full");
  });
});

describe("the address", () => {
  it.each([
    ["http://127.0.0.1:7420", "ws://127.0.0.1:7420/v1/live"],
    ["https://boards.example.org/", "wss://boards.example.org/v1/live"],
    ["https://boards.example.org:8443", "wss://boards.example.org:8443/v1/live"],
    ["ws://[::1]:9", "ws://[::1]:9/v1/live"],
    ["wss://h/v1/live?track_user=twitch:1", "wss://h/v1/live?track_user=twitch%3A1"],
  ])("%s", (given, url) => {
    expect(socketAddress(given, [])).toEqual({ url, track: url.includes("?") ? ["twitch:1"] : [] });
    expect(socketAddress(new URL(given), []).url).toBe(url);
  });

  it.each([
    ["127.0.0.1:7420", "no URL"],
    ["localhost:7420", "begins with"],
    ["ftp://h", "begins with"],
    ["http://u:p@h", "passwords"],
    ["http://h:70000", "no URL"],
    ["http://h/boards", "only scheme"],
    ["http://h?track_user=a:b", "only scheme"],
    ["http://h/#top", "only scheme"],
    ["/relay", "no URL"],
    ["", "no URL"],
  ])("%j is none", (given, part) => {
    expect(() => socketAddress(given, [])).toThrow(part);
    expect(codeOf(() => fakeClient({ url: given }))).toBe("bad-url");
  });

  /** E14: the entities to follow stand in the address. */
  it("names who is followed", () => {
    const track = ["twitch:1", "word:a+b &", "twitch:1"];
    const query = "track_user=twitch%3A1&track_user=word%3Aa%2Bb+%26";
    const { url, track: followed } = socketAddress("http://h", track);
    expect([url, followed]).toEqual([`ws://h/v1/live?${query}`, ["twitch:1", "word:a+b &"]]);
    const before = "x=1&track_user=twitch:9";
    expect(socketAddress(`ws://h/v1/live?${before}`, track)).toEqual({
      url: `ws://h/v1/live?x=1&track_user=twitch%3A9&${query}`,
      track: ["twitch:9", "twitch:1", "word:a+b &"],
    });
    expect(socketAddress("http://h", "twitch:1").url).toBe("ws://h/v1/live?track_user=twitch%3A1");
  });

  it("is that of the page, or must be given", () => {
    expect(() => socketAddress(undefined, [])).toThrow("give connect() a url");
    vi.stubGlobal("location", { origin: "https://page.example" });
    expect(socketAddress(undefined, []).url).toBe("wss://page.example/v1/live");
    vi.stubGlobal("location", { origin: "null" });
    expect(codeOf(() => socketAddress(undefined, []))).toBe("bad-url");
    vi.unstubAllGlobals();
  });
});

it("the clock never runs backwards, never stands still, and is right after a sleep", () => {
  let [wall, steady] = [1_000_000, 50];
  const clock = newClock(() => wall, () => steady);
  const pass = (byWall: number, bySteady: number): number => {
    wall += byWall;
    steady += bySteady;
    return clock();
  };
  expect(pass(10, 10)).toBe(1_000_010);
  expect(pass(-500_000, 10)).toBe(1_000_020);
  expect(pass(500_000, 10)).toBe(1_000_030);
  expect(pass(3_600_000, 5)).toBe(4_600_010);
  expect(pass(0, 5)).toBe(4_600_015);
});

it("text is read and written where the globals are missing", async () => {
  const text = "Tïtle 😀 ÿ%";
  const bytes = new TextEncoder().encode(text);
  vi.stubGlobal("TextDecoder", undefined);
  vi.stubGlobal("TextEncoder", undefined);
  vi.resetModules();
  const { TextDecoder: Decoder, TextEncoder: Encoder } = await import("../src/text.js");
  vi.unstubAllGlobals();
  expect(new Decoder().decode(bytes)).toBe(text);
  expect(new Decoder().decode()).toBe("");
  expect(new Encoder().encode(text)).toEqual(bytes);
  const into = new Uint8Array(bytes.length + 1);
  expect(new Encoder().encodeInto(text, into)).toEqual({ read: text.length, written: bytes.length });
  expect(into.subarray(0, -1)).toEqual(bytes);
});
