/**
 * A client over a core and a socket made up: what it asks of them, in which order stores and listeners change, and what is left when
 * it is closed.
 */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectWith } from "../src/connect.js";
import { ScorelayError } from "../src/errors.js";
import { connectedClient, fakeClient, FakeCore, FakeSocket, settled } from "./fakes.js";
import { packed } from "./packed-writer.js";

const WINDOW = { from: 1, to: 3 };

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("before the core is loaded", () => {
  it("a client is there, connecting, and what is wanted is done later", async () => {
    const client = fakeClient({ track: ["twitch:1", "twitch:1"], pace: 250 });
    expect(client.state.getSnapshot()).toMatchObject({ kind: "connecting", retryAt: null, error: null });
    expect(client.directory.getSnapshot()).toBeNull();
    const view = client.board("b").view(WINDOW);
    view.setWindow({ from: 5, to: 6 });
    client.board("gone").view(WINDOW).close();
    client.track("twitch:2");
    const found = client.board("b").find("twitch:3");
    expect(view.getSnapshot()).toMatchObject({ board: "b", presence: "unknown", rows: [] });
    await settled();
    const { calls, agent } = FakeCore.last;
    expect(agent).toBe("scorelay-web/0.0.0");
    expect(calls).toEqual([
      ["watch", "b", 5, 6],
      ["track", "twitch:1"],
      ["track", "twitch:2"],
      ["pace", 250],
      ["find", "b", "twitch:3"],
      ["poll"],
    ]);
    expect(FakeSocket.all[0]).toMatchObject({
      url: "ws://relay.test/v1/live?track_user=twitch%3A1",
      protocol: "fake.v1",
      binaryType: "arraybuffer",
    });
    client.close();
    await expect(found).rejects.toMatchObject({ code: "closed" });
  });

  it("a client that is closed loads nothing", async () => {
    const client = fakeClient();
    const made = FakeCore.last;
    client.close();
    await settled();
    expect(FakeCore.last).toBe(made);
    expect(FakeSocket.all).toEqual([]);
    expect(client.state.getSnapshot()).toMatchObject({ kind: "closed", error: null });
    await expect(client.ready()).rejects.toMatchObject({ name: "ScorelayError", code: "closed" });
  });

  it("what cannot be loaded closes the client and says why", async () => {
    const failure = new ScorelayError("no-wasm", "forbidden");
    const options = { url: "http://relay.test", WebSocket: FakeSocket };
    const client = connectWith(options, () => Promise.reject(failure), () => Promise.reject(failure));
    const ready = client.ready();
    await expect(ready).rejects.toBe(failure);
    expect(client.state.getSnapshot()).toMatchObject({ kind: "closed", error: failure });
    expect(console.error).toHaveBeenCalledOnce();
    await expect(client.find("twitch:1")).rejects.toBe(failure);
    await expect(client.board("b").find("twitch:1")).rejects.toBe(failure);
  });
});

describe("inputs", () => {
  it("are one call each, and sent is what the core says", async () => {
    const { core, socket, client } = await connectedClient();
    expect(socket.sent).toEqual([[1, 2, 3]]);
    core.calls.length = 0;
    socket.receive(9, 8);
    expect(core.calls).toEqual([["message", [9, 8]]]);
    client.close();
  });

  it("commands of one turn are followed by one poll", async () => {
    const { core, client } = await connectedClient();
    core.calls.length = 0;
    const view = client.board("b").view(WINDOW);
    view.setWindow({ from: 2, to: 4 });
    view.setWindow({ from: 2, to: 4 });
    view.close();
    view.close();
    view.setWindow(WINDOW);
    await settled();
    expect(core.calls).toEqual([["watch", "b", 1, 3], ["setWindow", 1, 2, 4], ["unwatch", 1], ["poll"]]);
    client.close();
  });

  it("a text message ends the connection, and so does a close, with its code and reason", async () => {
    const { core, socket, client } = await connectedClient();
    core.outputs.disconnected = packed().connect().timer();
    socket.onmessage?.({ data: "text" });
    expect(core.calls.at(-1)).toEqual(["disconnected", false, "the relay sent text"]);
    expect(socket.closed).toBe(true);
    const next = FakeSocket.all[1]!;
    next.onerror?.({});
    next.onclose?.({ code: 1008, reason: "too-fast" });
    expect(core.calls.at(-1)).toEqual(["disconnected", true, "closed by the relay: 1008 too-fast"]);
    client.close();
  });

  it("a socket that cannot be made, or sent on, is a lost one", async () => {
    class Refusing extends FakeSocket {
      constructor(url: string) {
        super(url);
        throw new Error("mixed content");
      }
    }
    const refused = fakeClient({ WebSocket: Refusing });
    await settled();
    expect(FakeCore.last.calls.at(-1)).toEqual(["disconnected", true, "mixed content"]);
    refused.close();

    const { core, socket, client } = await connectedClient();
    vi.spyOn(socket, "send").mockImplementation(() => {
      throw new Error("broken pipe");
    });
    core.outputs.message = packed().send([1]).send([2]).timer();
    socket.receive(0);
    expect(core.calls.filter(([name]) => name === "disconnected")).toEqual([["disconnected", false, "broken pipe"]]);
    client.close();
  });

  it("nothing more is heard of a socket that was abandoned", async () => {
    const { core, socket, client } = await connectedClient();
    core.outputs.message = packed().closeSocket("enough").connect().timer();
    const { onclose } = socket;
    socket.receive(0);
    expect(FakeSocket.all).toHaveLength(2);
    expect(socket.closed).toBe(true);
    core.calls.length = 0;
    socket.receive(0);
    socket.onerror?.({ message: "closed early" });
    socket.onclose?.({});
    expect(onclose).not.toBe(socket.onclose);
    expect(core.calls).toEqual([]);
    client.close();
  });

  it("what a relay refuses is said, and changes nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { core, socket, client } = await connectedClient();
    core.outputs.message = packed().refused("bad-range", "no such page").timer();
    socket.receive(0);
    expect(warn).toHaveBeenCalledWith("scorelay: the relay refused something: bad-range: no such page");
    expect([socket.closed, client.state.getSnapshot().kind]).toEqual([false, "connecting"]);
    client.close();
  });

  it("a core that breaks closes the client", async () => {
    const { core, socket, client } = await connectedClient();
    vi.spyOn(core, "message").mockImplementation(() => {
      throw new Error("unreachable executed");
    });
    socket.receive(0);
    const { kind, error } = client.state.getSnapshot();
    expect([kind, error?.code, error?.message]).toEqual([
      "closed",
      "broken",
      "the client itself failed: unreachable executed",
    ]);
    expect(socket.closed).toBe(true);
  });
});

describe("stores and listeners", () => {
  it("all stores have changed, and all was sent, before the first listener is called", async () => {
    const { core, socket, client } = await connectedClient();
    const view = client.board("b").view(WINDOW);
    const tracked = client.track("twitch:1");
    const seen: unknown[] = [];
    const look = (): void => {
      const { total } = view.getSnapshot();
      seen.push([client.state.getSnapshot().kind, client.directory.getSnapshot()?.length, total]);
      seen.push([tracked.getSnapshot().known, socket.sent.at(-1)]);
    };
    client.state.subscribe(look);
    tracked.subscribe(look);
    core.outputs.message = packed()
      .send([7])
      .status(1, 5)
      .directory([["b", "B", 9]])
      .view(1, { total: 9 })
      .track("twitch:1", 1, [])
      .timer();
    socket.receive(0);
    expect(seen).toEqual([["live", 1, 9], [true, [7]], ["live", 1, 9], [true, [7]]]);
    await client.ready();
    client.close();
  });

  it("are called only for what changed, until they are unsubscribed", async () => {
    const { core, socket, client } = await connectedClient();
    const views = [client.board("a").view(WINDOW), client.board("b").view(WINDOW)] as const;
    const [first, second] = [vi.fn(), vi.fn()];
    const stop = views[0].subscribe(first);
    views[1].subscribe(second);
    views[1].subscribe(second);
    const change = (total: number): void => {
      core.outputs.message = packed().view(1, { total }).view(99, { rows: [["twitch:1", 1]] }).timer();
      socket.receive(0);
    };
    change(1);
    change(1);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0]);
    stop();
    change(2);
    expect(first).toHaveBeenCalledOnce();
    expect(views[0].getSnapshot().total).toBe(2);
    client.close();
  });

  /** E8: names come with the core. */
  it("profiles that a relay without its core could not tell are asked for when it has one again", async () => {
    const { core, socket, client } = await connectedClient();
    vi.useFakeTimers();
    let asked = 0;
    vi.stubGlobal("fetch", async () => {
      asked += 1;
      return Response.json({ staleSince: 1, profiles: [], pending: ["twitch:1"] });
    });
    const status = (kind: number): void => {
      core.outputs.message = packed().status(kind, 5).timer();
      socket.receive(0);
    };
    status(2);
    const view = client.profiles.view(["twitch:1"]);
    await vi.advanceTimersByTimeAsync(300_000);
    const before = asked;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked - before).toBeLessThan(2);
    vi.stubGlobal("fetch", async () => Response.json({ profiles: [{ entity: "twitch:1", name: "Ada" }], pending: [] }));
    status(1);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(view.getSnapshot().get("twitch:1")?.name).toBe("Ada");
    client.close();
  });

  it("one that throws stops nobody; one may unsubscribe others, ask, and close", async () => {
    const { core, socket, client } = await connectedClient();
    const view = client.board("b").view(WINDOW);
    const failure = new Error("of a listener");
    view.subscribe(() => {
      throw failure;
    });
    const never = vi.fn();
    let stop = (): void => {};
    const last = vi.fn();
    view.subscribe(() => {
      stop();
      void client.board("b").find("twitch:1").catch(() => {});
      client.close();
    });
    stop = view.subscribe(never);
    view.subscribe(last);
    core.outputs.message = packed().view(1, { total: 1 }).timer();
    socket.receive(0);
    expect(console.error).toHaveBeenCalledWith(failure);
    expect(never).not.toHaveBeenCalled();
    expect(last).toHaveBeenCalledOnce();
    expect(client.state.getSnapshot().kind).toBe("closed");
  });
});

describe("followed entities", () => {
  /** E14: an entity is followed as long as anybody wants it. */
  it("are counted", async () => {
    const { core, client } = await connectedClient({ track: "twitch:9" });
    core.calls.length = 0;
    const [first, second] = [client.track("twitch:1"), client.track("twitch:1")];
    expect(first.getSnapshot()).toBe(second.getSnapshot());
    first.close();
    first.close();
    client.track("twitch:9").close();
    expect(core.calls).toEqual([["track", "twitch:1"]]);
    second.close();
    expect(core.calls.at(-1)).toEqual(["untrack", "twitch:1"]);
    client.close();
  });

  it("are at most 16", async () => {
    const { client } = await connectedClient();
    const all = Array.from({ length: 16 }, (_, n) => client.track(`twitch:${n}`));
    expect(() => client.track("twitch:16")).toThrow(expect.objectContaining({ code: "mask-full" }));
    await expect(client.find("twitch:16")).rejects.toMatchObject({ code: "mask-full" });
    all[0]!.close();
    client.track("twitch:16");
    client.close();
  });

  it("are found by being followed for a moment", async () => {
    const { core, socket, client } = await connectedClient();
    const found = client.find("twitch:1");
    core.outputs.message = packed().track("twitch:1", 3, [["b", [1, 100]]]).timer();
    socket.receive(0);
    core.outputs.message = packed().track("twitch:1", 1, [["b", [2, 100]]]).timer();
    socket.receive(0);
    await expect(found).resolves.toMatchObject({ known: true, held: false, places: [{ at: { rank: 2, score: 1 } }] });
    expect(core.calls.at(-1)).toEqual(["poll"]);
    expect(core.count("untrack")).toBe(1);
    client.close();
  });
});

describe("questions", () => {
  it("are answered, fail, or are called off", async () => {
    const { core, socket, client } = await connectedClient();
    const board = client.board("b");
    const controller = new AbortController();
    const [found, around] = [board.find("twitch:1"), board.around("twitch:1", 2)];
    const [failed, aborted] = [board.find("twitch:2"), board.find("twitch:3", { signal: controller.signal })];
    await settled();
    expect(core.calls.filter(([name]) => name === "find" || name === "around")).toEqual([
      ["find", "b", "twitch:1"],
      ["around", "b", "twitch:1", 2],
      ["find", "b", "twitch:2"],
      ["find", "b", "twitch:3"],
    ]);
    const reason = new Error("changed my mind");
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    core.outputs.message = packed()
      .found(1, [3, 15, 1])
      .around(2, 0, [[3, "twitch:1", 1]])
      .failed(3, "no-such-board", 0, "no board b")
      .found(4, null)
      .timer();
    socket.receive(0);
    await expect(found).resolves.toEqual({ rank: 3, score: 1.5 });
    await expect(around).resolves.toEqual([{ rank: 3, entity: "twitch:1", score: 1 }]);
    await expect(failed).rejects.toMatchObject({ code: "no-such-board", retryable: false, message: "no board b" });
    client.close();
    await expect(board.find("twitch:1")).rejects.toMatchObject({ code: "closed" });
  });

  it("that are called off before they are asked are not asked", async () => {
    const { core, client } = await connectedClient();
    const signal = AbortSignal.abort();
    await expect(client.board("b").find("twitch:1", { signal })).rejects.toBe(signal.reason);
    await expect(client.find("twitch:1", { signal })).rejects.toBe(signal.reason);
    await expect(client.ready({ signal })).rejects.toBe(signal.reason);
    const controller = new AbortController();
    const found = client.board("b").find("twitch:1", { signal: controller.signal });
    controller.abort();
    await expect(found).rejects.toBe(controller.signal.reason);
    expect([core.count("find"), core.count("track")]).toEqual([0, 0]);
    client.close();
  });
});

describe("the end", () => {
  it("leaves nothing behind but the last snapshots", async () => {
    vi.useFakeTimers();
    try {
      const { core, socket, client } = await connectedClient();
      const view = client.board("b").view(WINDOW);
      core.outputs.message = packed().view(1, { total: 1 }).timer(Date.now() + 50_000);
      socket.receive(0);
      expect(vi.getTimerCount()).toBe(1);
      core.outputs.close = packed().closeSocket("closed").status(4, 1).timer();
      const closed = vi.fn();
      client.state.subscribe(closed);
      client.close();
      client.close();
      expect(closed).toHaveBeenCalledOnce();
      expect(socket.closed).toBe(true);
      expect(vi.getTimerCount()).toBe(0);
      expect([core.count("close"), core.count("free")]).toEqual([1, 1]);
      expect(view.getSnapshot().total).toBe(1);
      expect(client.stats()).toEqual({
        connections: 1,
        resumed: 2,
        messagesIn: 3,
        bytesIn: 4,
        messagesOut: 5,
        bytesOut: 6,
        misfits: 7,
      });
      const calls = core.calls.length;
      client.board("b").view(WINDOW).close();
      client.track("twitch:1").close();
      client.setPace(100);
      view.setWindow({ from: 2, to: 3 });
      view.close();
      await settled();
      expect(core.calls).toHaveLength(calls);
    } finally {
      vi.useRealTimers();
    }
  });

  it("comes by a signal", async () => {
    const controller = new AbortController();
    const client = fakeClient({ signal: controller.signal });
    await settled();
    controller.abort();
    expect(client.state.getSnapshot().kind).toBe("closed");
    expect(fakeClient({ signal: controller.signal }).state.getSnapshot().kind).toBe("closed");
  });

  it.runIf(typeof Symbol.dispose === "symbol")("comes by `using`", async () => {
    const { core, client } = await connectedClient();
    client.board("b").view(WINDOW)[Symbol.dispose]();
    client.track("twitch:1")[Symbol.dispose]();
    expect([core.count("unwatch"), core.count("untrack")]).toEqual([1, 1]);
    client[Symbol.dispose]();
    expect(client.state.getSnapshot().kind).toBe("closed");
  });

  it("ends a socket of Node whose other side does not answer", async () => {
    vi.useFakeTimers();
    try {
      const terminate = vi.fn();
      class NodeSocket extends FakeSocket {
        terminate = terminate;
      }
      const client = fakeClient({ WebSocket: NodeSocket });
      await settled();
      client.close();
      vi.advanceTimersByTime(1_000);
      expect(terminate).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the timer", () => {
  it("asks the core when it is time, and waits no longer than timers can", async () => {
    vi.useFakeTimers();
    try {
      const { core, socket, client } = await connectedClient();
      const at = (time: number): void => {
        core.outputs.message = packed().timer(time);
        socket.receive(0);
      };
      at(Date.now() + 1e12);
      vi.advanceTimersByTime(1_000_000);
      expect(core.count("timeout")).toBe(0);
      at(Date.now() + 500);
      vi.advanceTimersByTime(499);
      expect(core.count("timeout")).toBe(0);
      vi.advanceTimersByTime(1);
      expect(core.count("timeout")).toBe(1);
      client.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
