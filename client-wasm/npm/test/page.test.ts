/**
 * The life of a web page around a client, in a page made up by jsdom.
 *
 * @vitest-environment jsdom
 */

import { afterEach, expect, it, vi } from "vitest";
import { connectedClient, FakeSocket, settled } from "./fakes.js";
import { packed } from "./packed-writer.js";

function show(visibility: "visible" | "hidden"): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visibility);
  document.dispatchEvent(new Event("visibilitychange"));
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("a hidden page asks for a slower pace, and one that is seen again does not wait", async () => {
  const { core, client } = await connectedClient({ pace: 100 });
  core.calls.length = 0;
  show("hidden");
  await settled();
  expect(core.calls).toEqual([["pace", 2000], ["poll"]]);
  client.setPace(5000);
  await settled();
  core.calls.length = 0;
  show("visible");
  await settled();
  expect(core.calls).toEqual([["pace", 5000], ["hurry"], ["poll"]]);
  client.close();
});

it("a page that begins hidden is slow from the start", async () => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  const { core, client } = await connectedClient();
  expect(core.calls).toContainEqual(["pace", 2000]);
  client.close();
});

it("does not wait when the network is back", async () => {
  const { core, client } = await connectedClient();
  window.dispatchEvent(new Event("online"));
  expect(core.count("hurry")).toBe(1);
  client.close();
});

it("a page that is put away has no socket and no timer, until it comes back", async () => {
  vi.useFakeTimers();
  try {
    const { core, socket, client } = await connectedClient();
    window.dispatchEvent(new Event("pageshow"));
    expect(core.count("hurry")).toBe(0);
    core.outputs.disconnected = packed().status(3, 1, 2).timer(Date.now() + 10);
    window.dispatchEvent(new Event("pagehide"));
    expect(socket.closed).toBe(true);
    expect(core.calls.at(-1)).toEqual(["disconnected", false, "the page was put away"]);
    expect(vi.getTimerCount()).toBe(0);
    window.dispatchEvent(new Event("online"));
    expect(core.count("hurry")).toBe(0);
    core.outputs.hurry = packed().connect().timer(Date.now() + 10);
    window.dispatchEvent(new Event("pageshow"));
    expect(core.count("hurry")).toBe(1);
    expect(FakeSocket.all).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(1);
    client.close();
  } finally {
    vi.useRealTimers();
  }
});

it("a closed client hears nothing of the page", async () => {
  const heard = [vi.spyOn(window, "removeEventListener"), vi.spyOn(document, "removeEventListener")];
  const { core, client } = await connectedClient();
  client.close();
  expect(heard.flatMap((spy) => spy.mock.calls.map(([name]) => name)).sort()).toEqual([
    "online",
    "pagehide",
    "pageshow",
    "visibilitychange",
  ]);
  const calls = core.calls.length;
  show("hidden");
  window.dispatchEvent(new Event("online"));
  window.dispatchEvent(new Event("pagehide"));
  expect(core.calls).toHaveLength(calls);
});

it("messages of another realm's buffers are read", async () => {
  const { core, socket, client } = await connectedClient();
  socket.receive(4);
  expect(core.calls.at(-1)).toEqual(["message", [4]]);
  client.close();
});
