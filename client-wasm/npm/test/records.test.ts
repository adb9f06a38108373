/**
 * Reading packed outputs: values, and that what did not change is the same object.
 */

import { describe, expect, it } from "vitest";
import { emptyTrack, emptyView } from "../src/handles.js";
import { PackedReader } from "../src/packed.js";
import { readAround, readDirectory, readFound, readStatus, readTrack, readView, readViewEdits, Tag } from "../src/records.js";
import type { ConnectionState } from "../src/types.js";
import { packed, type PackedView, type PackedWriter } from "./packed-writer.js";

function reading(writer: PackedWriter, tag: number): PackedReader {
  const reader = new PackedReader(writer.bytes());
  expect(reader.u8()).toBe(tag);
  return reader;
}

function view(packedView: PackedView, before = emptyView("b", 1)) {
  const reader = reading(packed().view(7, packedView), Tag.View);
  expect(reader.u32()).toBe(7);
  const snapshot = readView(reader, before);
  expect(reader.done).toBe(true);
  return snapshot;
}

describe("a view", () => {
  it("has rows with ranks, scores in the board's unit, and holes", () => {
    const rows = [["twitch:1", 250], null, ["emote:7tv:Ünï😀", -5]] as const;
    expect(view({ decimals: 1, title: "Tïtle😀", total: 9, from: 4, flags: 5, rows })).toEqual({
      board: "b",
      presence: "present",
      title: "Tïtle😀",
      unit: "points",
      decimals: 1,
      synthetic: true,
      total: 9,
      from: 4,
      rows: [{ rank: 4, entity: "twitch:1", score: 25 }, null, { rank: 6, entity: "emote:7tv:Ünï😀", score: -0.5 }],
      complete: false,
      held: true,
    });
  });

  it("is the same object while nothing in it changes", () => {
    const first = view({ rows: [["twitch:1", 2], ["twitch:2", 1]] });
    expect(view({ rows: [["twitch:1", 2], ["twitch:2", 1]] }, first)).toBe(first);
    expect(view({ rows: [["twitch:1", 2], ["twitch:2", 1]], total: 3 }, first)).not.toBe(first);
  });

  it("keeps rows that do not change, and the list of them", () => {
    const first = view({ rows: [["twitch:1", 3], ["twitch:2", 2], ["twitch:3", 1]] });
    const second = view({ rows: [["twitch:1", 3], ["twitch:3", 2], ["twitch:2", 2]] }, first);
    expect(second.rows[0]).toBe(first.rows[0]);
    expect(second.rows[1]).toEqual({ rank: 2, entity: "twitch:3", score: 2 });
    expect(view({ rows: [["twitch:1", 3], ["twitch:3", 2], ["twitch:2", 2]], total: 4 }, second).rows).toBe(second.rows);
  });

  /** E13: what was seen before the window moved is the same row after. */
  it("keeps rows that stay in a window that moves", () => {
    const first = view({ from: 1, rows: [["twitch:1", 3], ["twitch:2", 2], ["twitch:3", 1]] });
    const second = view({ from: 2, rows: [["twitch:2", 2], ["twitch:3", 1], ["twitch:4", 0]] }, first);
    expect(second.rows.slice(0, 2)).toEqual(first.rows.slice(1));
    expect(second.rows[0]).toBe(first.rows[1]);
    expect(second.rows[1]).toBe(first.rows[2]);
  });
});

describe("edits of a view", () => {
  type Edits = Parameters<PackedWriter["viewEdits"]>[1];
  const edited = (edits: Edits, before: ReturnType<typeof view>) => {
    const reader = reading(packed().viewEdits(7, edits), Tag.ViewEdits);
    expect(reader.u32()).toBe(7);
    const snapshot = readViewEdits(reader, before);
    expect(reader.done).toBe(true);
    return snapshot;
  };
  const first = view({ decimals: 1, from: 5, total: 9, rows: [["twitch:1", 30], ["twitch:2", 20], ["twitch:3", 10]] });

  it("make new rows of those that differ, and keep the others", () => {
    const second = edited({ total: 10, length: 4, edits: [[1, 2, 25], [2, 1, 20], [3, "wörd:😀", -5]] }, first);
    expect(second).toEqual({
      ...first,
      total: 10,
      rows: [
        first.rows[0],
        { rank: 6, entity: "twitch:3", score: 2.5 },
        { rank: 7, entity: "twitch:2", score: 2 },
        { rank: 8, entity: "wörd:😀", score: -0.5 },
      ],
    });
    expect(second.rows[0]).toBe(first.rows[0]);
    expect(first.rows).toHaveLength(3);
  });

  it("take rows off the end", () => {
    expect(edited({ total: 5, length: 1, edits: [] }, first)).toEqual({ ...first, total: 5, rows: [first.rows[0]] });
  });

  it("are the same object where nothing changed, and the same rows where only their number on the board did", () => {
    expect(edited({ total: 9, length: 3, edits: [] }, first)).toBe(first);
    const second = edited({ total: 10, length: 3, edits: [] }, first);
    expect(second.total).toBe(10);
    expect(second.rows).toBe(first.rows);
  });
});

it("a directory keeps boards that do not change, wherever they stand", () => {
  const read = (boards: Array<[string, string, number]>, before: ReturnType<typeof readDirectory> | null) =>
    readDirectory(reading(packed().directory(boards), Tag.Directory), before);
  const first = read([["a", "A", 1], ["b", "B", 2]], null);
  expect(first).toEqual([
    { id: "a", title: "A", unit: "points", decimals: 1, synthetic: false, rows: 1 },
    { id: "b", title: "B", unit: "points", decimals: 1, synthetic: false, rows: 2 },
  ]);
  expect(read([["a", "A", 1], ["b", "B", 2]], first)).toBe(first);
  const second = read([["new", "N", 0], ["a", "A", 1], ["b", "B", 3]], first);
  expect(second[1]).toBe(first[0]);
  expect(second[2]).toEqual({ ...first[1], rows: 3 });
});

/** E14: absence is a value. */
it("a followed entity has a place on every board", () => {
  const read = (flags: number, rank: number, before = emptyTrack("twitch:1")) => {
    const writer = packed().track("twitch:1", flags, [["a", [rank, 150]], ["b", null]]);
    const reader = reading(writer, Tag.Track);
    expect(reader.string()).toBe("twitch:1");
    return readTrack(reader, before);
  };
  const first = read(1, 3);
  const places = [{ board: "a", at: { rank: 3, score: 1.5 } }, { board: "b", at: null }];
  expect(first).toEqual({ entity: "twitch:1", known: true, held: false, places });
  expect(read(1, 3, first)).toBe(first);
  const second = read(3, 4, first);
  expect(second.held).toBe(true);
  expect(second.places[1]).toBe(first.places[1]);
});

it("answers say where an entity stands", () => {
  const found = reading(packed().found(1, [4, 25, 1]).found(2, null), Tag.Found);
  expect([found.u32(), readFound(found), found.u8(), found.u32(), readFound(found)]).toEqual([
    1,
    { rank: 4, score: 2.5 },
    Tag.Found,
    2,
    null,
  ]);
  const around = reading(packed().around(3, 0, [[8, "twitch:8", 2], [9, "twitch:9", 1]]), Tag.Around);
  expect(around.u32()).toBe(3);
  expect(readAround(around)).toEqual([
    { rank: 8, entity: "twitch:8", score: 2 },
    { rank: 9, entity: "twitch:9", score: 1 },
  ]);
});

it("a state says since when and why", () => {
  const none = { kind: "connecting", since: 1, retryAt: null, error: null, lastUpdate: null } as const;
  const read = (writer: PackedWriter, before: ConnectionState = none) => readStatus(reading(writer, Tag.Status), before);
  const offline = read(packed().status(3, 10, 20, 5, ["lost", 1, "gone"]));
  expect(read(packed().status(3, 10, 20, 5, ["lost", 1, "gone"]), offline)).toBe(offline);
  expect(read(packed().status(3, 10, NaN, 5, ["lost", 1, "gone"]), offline).error).toBe(offline.error);
  expect(read(packed().status(3, 10, 20, 5, ["silent", 1, "gone"]), offline).error).toMatchObject({ code: "silent" });
  expect(offline).toMatchObject({ kind: "offline", since: 10, retryAt: 20, lastUpdate: 5 });
  expect(offline.error).toMatchObject({ name: "ScorelayError", code: "lost", retryable: true, message: "gone" });
  const live = read(packed().status(1, 10), offline);
  expect(live).toEqual({ kind: "live", since: 10, retryAt: null, lastUpdate: null, error: null });
});
