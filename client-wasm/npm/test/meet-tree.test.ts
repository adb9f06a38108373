/**
 * The tree of a meet, changed by path, and the forms of ids and tokens.
 */

import { describe, expect, it } from "vitest";
import { Tree, type Change } from "../src/meet-tree.js";
import { fromJson, meetId, toJson, tokenBytes, tokenText } from "../src/meet-values.js";

const ENTRY = "registration.entries[5000]";

function change(path: string, value: unknown, created = 0): Change {
  return { path, value, created };
}

describe("a tree", () => {
  it("has entries in the order they were made, the deleted ones apart", () => {
    const tree = new Tree();
    tree.apply(true, [
      change("registration.entries[5001]", { name: "Second" }, 9),
      change("registration.entries[15000]", { name: "Own" }, 2 ** 64),
      change(ENTRY, { name: "First", deleted: true }, 4),
    ]);
    expect(tree.snapshot.entries.map(({ id }) => id)).toEqual([5_001, 15_000]);
    expect(tree.snapshot.deleted).toEqual([{ id: 5_000, name: "First", deleted: true }]);
    tree.apply(false, [change(`${ENTRY}.deleted`, undefined), change("registration.entries[15000]", { name: "Own" }, 7)]);
    expect(tree.snapshot.entries.map(({ id }) => id)).toEqual([5_000, 15_000, 5_001]);
    expect([tree.has(5_000), tree.has(5_002)]).toEqual([true, false]);
    tree.apply(false, [change("registration.entries[15000]", undefined)]);
    expect(tree.snapshot.entries.map(({ id }) => id)).toEqual([5_000, 5_001]);
  });

  it("stays the same where nothing changed, even if it is told anew", () => {
    const tree = new Tree();
    const all = [change("meet.divisions", ["Open"]), change(ENTRY, { name: "Ada" }, 4), change("live[1]", { flight: "A" })];
    const before = tree.apply(true, all);
    expect(tree.apply(true, structuredClone(all))).toBe(before);
    expect(tree.apply(false, [change(`${ENTRY}.name`, "Ada"), change(`${ENTRY}.lot`, undefined)])).toBe(before);
    const after = tree.apply(false, [change("live[1]", { flight: "B" })]);
    expect([after.meet === before.meet, after.entries === before.entries, after.live === before.live]).toEqual([true, true, false]);
    expect(tree.apply(true, []).entries).toEqual([]);
  });

  it("tells what stands at a path", () => {
    const tree = new Tree();
    tree.apply(true, [change("meet.name", null), change(ENTRY, { "squat[1]": { kg: 1, result: "open" } }, 4)]);
    expect(tree.get("meet.name")).toBeNull();
    expect(tree.get("meet.city")).toBeUndefined();
    expect(tree.get(`${ENTRY}.squat[1]`)).toEqual({ kg: 1, result: "open" });
    expect(tree.get(ENTRY)).toBe(tree.snapshot.entries[0]);
    expect(tree.get("registration.entries[1].name")).toBeUndefined();
    expect(() => tree.get("registration")).toThrow(expect.objectContaining({ code: "bad-path" }));
  });
});

describe("values", () => {
  it("are JSON with every number as it is", () => {
    for (const value of [null, true, "a\u2028\"", -0, 1e21, 5e-324, [0.1, -0], { kg: 1, result: "open" }]) {
      expect(fromJson(toJson(value))).toEqual(value);
    }
    expect(toJson(-0)).toBe("-0.0");
    expect(fromJson(toJson(undefined))).toBeUndefined();
    expect(toJson({ name: undefined, lot: 1 })).toBe('{"lot":1}');
  });

  it.each([NaN, Infinity, () => {}, 1n, Symbol("x"), [undefined]])("are not %s", (value) => {
    expect(() => toJson(value)).toThrow(expect.objectContaining({ code: "bad-value" }));
  });
});

describe("ids and tokens", () => {
  it.each(["123456789", "123-456-789", " 123 456 789 ", "123.456.789"])("%s is an id", (text) => {
    expect(meetId(text)).toBe("123-456-789");
  });

  it.each(["", "12345678", "1234567890", "123-456-78x", "-123456789"])("%s is none", (text) => {
    expect(() => meetId(text)).toThrow(expect.objectContaining({ code: "bad-meet" }));
  });

  it("a token is read as it was written", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => (at * 37) & 255);
    expect(tokenText(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
    expect(tokenBytes(tokenText(bytes))).toEqual(bytes);
    expect(() => tokenBytes("x".repeat(42))).toThrow(expect.objectContaining({ code: "bad-link" }));
  });
});
