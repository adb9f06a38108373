/** Addresses, searches, numbers and sentences. */
import type { ConnectionState } from "scorelay";
import { expect, test } from "vitest";

import { MAX_PINS, readAddress, writeAddress } from "../../src/lib/address.ts";
import { hueOf, initialOf, isEntity, saidOf } from "../../src/lib/entity.ts";
import * as format from "../../src/lib/format.ts";
import { distance, sides } from "../../src/lib/pinned.ts";
import { readQuery } from "../../src/lib/query.ts";
import { statusWords } from "../../src/lib/status.ts";

/** E13: the address names what is seen. */
test("an address is read as it was written", () => {
  const address = { board: "best run", pins: ["twitch:123", "demo:ä&b"], rank: 500, search: "Zoë & co" };
  const text = writeAddress(address, "?relay=x&board=old&track_user=twitch:9");
  expect(readAddress(text)).toEqual(address);
  expect(new URLSearchParams(text).get("relay")).toBe("x");
  expect(writeAddress({ board: "m", pins: ["twitch:123"], rank: null })).toBe("?board=m&track_user=twitch:123");
  expect(writeAddress({ board: null, pins: [], rank: null })).toBe("");
});

test("what is malformed in an address is passed over", () => {
  expect(readAddress("?board=&track_user=nobody&track_user=&rank=-4")).toEqual({ board: null, pins: [], rank: null, search: "" });
  expect(readAddress("?rank=1").rank).toBeNull();
  expect(readAddress("?rank=1e99").rank).toBeNull();
  const many = Array.from({ length: 40 }, (_, at) => `track_user=a:${at}`).join("&");
  expect(readAddress(`?${many}&${many}`).pins).toHaveLength(MAX_PINS);
});

test.each([
  ["", { kind: "nothing" }],
  [" # ", { kind: "nothing" }],
  ["#500", { kind: "rank", rank: 500 }],
  ["500", { kind: "rank", rank: 500 }],
  ["# 1,000", { kind: "rank", rank: 1000 }],
  ["1 000 000", { kind: "rank", rank: 1_000_000 }],
  ["0", { kind: "name", name: "0" }],
  ["twitch:123", { kind: "entity", entity: "twitch:123" }],
  ["Twitch: 123", { kind: "entity", entity: "twitch:123" }],
  ["emote:7tv:abc", { kind: "entity", entity: "emote:7tv:abc" }],
  ["@somebody", { kind: "name", name: "somebody" }],
  ["12 apples", { kind: "name", name: "12 apples" }],
])("“%s” is understood", (text, query) => expect(readQuery(text)).toEqual(query));

test("entities have a stable colour and an initial", () => {
  expect(isEntity("twitch:1")).toBe(true);
  expect(isEntity(`7tv:${"é".repeat(64)}`)).toBe(true);
  for (const no of ["twitch:", ":1", "x", "", "UP:1", "a b:1", "a:\n", `a:${"é".repeat(65)}`, `${"p".repeat(33)}:1`]) expect(isEntity(no)).toBe(false);
  expect(initialOf("twitch:élan")).toBe("É");
  expect(initialOf("emote:7tv")).toBe("7");
  expect(initialOf("word::)")).toBe("?");
  expect(hueOf("demo:7")).toBe(hueOf("demo:7"));
  const hues = new Set(Array.from({ length: 50 }, (_, at) => hueOf(`demo:${at}`)));
  expect(hues.size).toBeGreaterThan(40);
});

test("numbers keep their board's digits", () => {
  expect(format.count(1234567)).toBe("1,234,567");
  expect(format.score(12.5, 2)).toBe("12.50");
  expect(format.score(-3, 0)).toBe("-3");
  expect(format.score(54.3, 0)).toBe("54");
  expect(format.counted(1, "row")).toBe("1 row");
  expect(format.counted(2000, "row")).toBe("2,000 rows");
  expect([-5, 999, 61_000, 7_300_000, 200_000_000].map(format.span)).toEqual(["0 s", "0 s", "1 min", "2 h", "2 days"]);
});

test("the width of a number grows with its digits", () => {
  expect(format.width("1,000")).toBeCloseTo(4 * 0.66 + 0.33);
  expect(format.width("")).toBe(0);
});

const state = (kind: ConnectionState["kind"], more: Partial<ConnectionState> = {}): ConnectionState =>
  ({ kind, since: 1000, retryAt: null, error: null, lastUpdate: null, ...more });

/** E14: what is shown says how old it is. */
test("the state of the connection is said plainly, and seconds are for the eye only", () => {
  expect(statusWords(state("live"), 1000).text).toBe("Live");
  const offline = state("offline", { lastUpdate: 1000 });
  expect(statusWords(offline, 13_000).text).toBe("Reconnecting, last update 12 s ago");
  expect(statusWords(offline, 13_000).spoken).toBe(statusWords(offline, 14_000).spoken);
  expect(statusWords(state("offline", { retryAt: 5000 }), 1500).text).toContain("again in 3 s");
  expect(statusWords(state("stale"), 61_000).text).toMatch(/^Stale: .* 1 min ago\.$/);
  expect(statusWords(state("stale"), 61_000).spoken).toBe(statusWords(state("stale"), 90_000).spoken);
  expect(statusWords(state("connecting"), 2000).tone).toBe("waiting");
  expect(statusWords(state("connecting"), 60_000).text).toContain("online");
  const error = Object.assign(new Error("this client is too old"), { name: "ScorelayError" as const, code: "version", retryable: false });
  const closed = statusWords(state("closed", { error }), 2000);
  expect(closed.text).toBe("This client is too old. Load the page again.");
  expect(closed.reload).toBe(true);
});

test("pinned rows stay at the edge that they are beyond", () => {
  const ranks = new Map<string, number | null>([["a:1", 3], ["a:2", 11], ["a:3", 20], ["a:4", 90], ["a:5", null]]);
  const places = sides(["a:1", "a:2", "a:3", "a:4", "a:5", "a:6"], ranks, { from: 10, to: 30 });
  expect([...places].sort()).toEqual([
    ["a:1", "above"], ["a:2", "inside"], ["a:3", "inside"], ["a:4", "below"], ["a:5", "absent"], ["a:6", "unknown"],
  ]);
});

test("a pinned row that another one at the edge would cover joins it", () => {
  const places = sides(["a:1", "a:2"], new Map([["a:1", 3], ["a:2", 10]]), { from: 10, to: 30 });
  expect(places.get("a:2")).toBe("above");
});

test("the distance to the next rank is said with the board's digits", () => {
  expect(distance({ rank: 5, score: 10 }, { rank: 4, score: 12.5 }, 1)).toBe("2.5 behind #4");
  expect(distance({ rank: 5, score: 10 }, { rank: 4, score: 10 }, 1)).toBe("Level with #4");
  expect(distance({ rank: 1, score: 10 }, { rank: 2, score: 9 }, 1)).toBe("1.0 ahead of #2");
  expect(distance({ rank: 1, score: 10 }, null, 1)).toBe("In the lead");
  expect(distance({ rank: 9, score: 10 }, null, 1)).toBe("");
});

/** E9: a row may be a word, a name, a room or an emote. */
test.each([
  ["twitch:1234", { name: "1234", origin: "twitch", kind: null, sign: "1" }],
  ["word:hello", { name: "hello", origin: "", kind: "word", sign: "”" }],
  ["word:a:b", { name: "a:b", origin: "", kind: "word", sign: "”" }],
  ["nick:Ada", { name: "Ada", origin: "", kind: "nick", sign: "A" }],
  ["room:#chat", { name: "#chat", origin: "", kind: "room", sign: "#" }],
  ["emote:7tv:01:x", { name: "01:x", origin: "7tv", kind: "emote", sign: "0" }],
  ["emote:25", { name: "25", origin: "", kind: "emote", sign: "2" }],
])("%s is written so that it reads as what it is", (entity, said) => {
  expect(saidOf(entity)).toEqual(said);
});
