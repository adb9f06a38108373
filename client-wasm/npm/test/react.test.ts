/**
 * The hooks, with React and with what stands in for it: what they open they close, in StrictMode too.
 *
 * @vitest-environment jsdom
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { EMPTY_TREE } from "../src/meet-tree.js";
import type { Meet, MeetTree, PendingState } from "../src/meet-types.js";
import { newStore } from "../src/store.js";
import { connectedClient, type FakeCore } from "./fakes.js";
import { packed } from "./packed-writer.js";
import type * as app from "./react-app.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const WINDOW = { from: 1, to: 3 };

/** Views that are open, and entities that are followed, by the calls of the core. */
function open(core: FakeCore): { views: number; tracks: number } {
  const views = core.count("watch") - core.count("unwatch");
  return { views, tracks: core.count("track") - core.count("untrack") };
}

describe.each([
  { library: "react", strict: true },
  { library: "react", strict: false },
  { library: "preact", strict: false },
])("hooks with $library, strict: $strict", ({ library, strict }) => {
  let mount: typeof app.mount;
  let mounted: ReturnType<typeof app.mount> | undefined;

  beforeAll(async () => {
    const outfile = join(HERE, `../.build/test/react-app-${library}.mjs`);
    ({ mount } = (await import(/* @vite-ignore */ outfile)) as typeof app);
  });
  afterEach(() => mounted?.unmount());

  async function drawn(options: { client?: null } = {}) {
    const parts = await connectedClient();
    let last: app.Shown | undefined;
    let draws = 0;
    const client = options.client === null ? null : parts.client;
    mounted = mount(client, strict, (shown) => {
      last = shown;
      draws += 1;
    });
    return { ...parts, shown: () => last!, draws: () => draws, draw: mounted.draw, unmount: mounted.unmount };
  }

  it("show what the client shows, and are drawn anew only for what changed", async () => {
    const { core, socket, client, shown, draws, draw } = await drawn();
    draw({ board: "b", window: WINDOW, entity: "twitch:1" });
    await vi.waitFor(() => expect(open(core)).toEqual({ views: 1, tracks: 1 }));
    expect(shown()).toMatchObject({ view: { board: "b", presence: "unknown" }, directory: null, client });
    const view = core.count("watch");
    const rows = [["twitch:1", 5]] as const;
    const say = (rank: number): void => {
      core.outputs.message = packed()
        .status(1, 5)
        .directory([["b", "B", 1]])
        .view(view, { rows })
        .track("twitch:1", 1, [["b", [rank, 500]]])
        .timer();
      socket.receive(0);
    };
    say(1);
    await vi.waitFor(() => {
      const { view, tracked, directory, status } = shown();
      expect(view.rows[0]).toEqual({ rank: 1, entity: "twitch:1", score: 5 });
      expect(tracked.places).toEqual([{ board: "b", at: { rank: 1, score: 5 } }]);
      expect(directory).toHaveLength(1);
      expect(status.kind).toBe("live");
    });
    const [before, count] = [shown(), draws()];
    core.outputs.message = packed().view(view, { rows }).track("twitch:1", 1, [["b", [1, 500]]]).timer();
    socket.receive(0);
    say(2);
    await vi.waitFor(() => expect(shown().tracked.places[0]!.at!.rank).toBe(2));
    expect(shown().view).toBe(before.view);
    expect(draws() - count).toBeLessThanOrEqual(strict ? 4 : 2);
  });

  it("move a view with its window, and open another for another board", async () => {
    const { core, draw, shown } = await drawn();
    draw({ board: "b", window: WINDOW, entity: null });
    await vi.waitFor(() => expect(open(core).views).toBe(1));
    const watches = core.count("watch");
    draw({ board: "b", window: { from: 4, to: 9 }, entity: null });
    await vi.waitFor(() => expect(core.calls).toContainEqual(["setWindow", watches, 4, 9]));
    expect(core.count("watch")).toBe(watches);
    draw({ board: "other", window: { from: 7, to: 8 }, entity: null });
    await vi.waitFor(() => expect(core.calls).toContainEqual(["watch", "other", 7, 8]));
    await vi.waitFor(() => expect(open(core).views).toBe(1));
    expect(shown().view.board).toBe("other");
    draw({ board: "other", window: null, entity: null });
    await vi.waitFor(() => expect(open(core).views).toBe(0));
    expect(shown().view).toMatchObject({ board: "", rows: [] });
  });

  it("follow another entity when asked, and nobody any more when gone", async () => {
    const { core, draw, unmount } = await drawn();
    draw({ board: "b", window: WINDOW, entity: "twitch:1" });
    await vi.waitFor(() => expect(open(core).tracks).toBe(1));
    draw({ board: "b", window: WINDOW, entity: "twitch:2" });
    await vi.waitFor(() => expect(core.calls.at(-1)).toEqual(["poll"]));
    await vi.waitFor(() => expect(core.calls).toContainEqual(["track", "twitch:2"]));
    await vi.waitFor(() => expect(open(core)).toEqual({ views: 1, tracks: 1 }));
    expect(core.calls).toContainEqual(["untrack", "twitch:1"]);
    unmount();
    await vi.waitFor(() => expect(open(core)).toEqual({ views: 0, tracks: 0 }));
  });

  it("do without a client, and take one given to them", async () => {
    const { core, client, draw, shown } = await drawn({ client: null });
    const props = { board: "b", window: WINDOW, entity: "twitch:1" };
    draw(props);
    await vi.waitFor(() => expect(shown()).toMatchObject({ client: null, directory: null, status: { kind: "connecting" } }));
    draw({ ...props, own: client });
    await vi.waitFor(() => expect(open(core)).toEqual({ views: 1, tracks: 1 }));
    draw({ ...props, own: null });
    await vi.waitFor(() => expect(open(core)).toEqual({ views: 0, tracks: 0 }));
  });

  it("show profiles of what they are given, and ask for nothing more once they are gone", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (address: string) => {
      const ids = new URL(address).searchParams.get("ids")!.split(",").map(decodeURIComponent);
      asked.push(...ids);
      return Response.json({ profiles: ids.map((entity) => ({ entity, name: `Name of ${entity}` })) });
    });
    try {
      const { client, draw, shown, unmount } = await drawn();
      const props = { board: null, window: null, entity: null };
      draw(props);
      await vi.waitFor(() => expect(shown().profiles.size).toBe(0));
      draw({ ...props, profiles: ["twitch:1"] });
      await vi.waitFor(() => expect(shown().profiles.get("twitch:1")?.name).toBe("Name of twitch:1"));
      draw({ ...props, profiles: ["twitch:2", "twitch:1"] });
      await vi.waitFor(() => expect([...shown().profiles.keys()]).toEqual(["twitch:2", "twitch:1"]));
      draw({ ...props, profiles: ["twitch:3"] });
      unmount();
      expect((await client!.profiles.get("twitch:4"))?.name).toBe("Name of twitch:4");
      expect(asked).toEqual(["twitch:1", "twitch:2", "twitch:4"]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("show a meet, what waits and a stage, and nothing where there is no meet", async () => {
    const { draw, shown } = await drawn();
    const props = { board: null, window: null, entity: null };
    draw(props);
    await vi.waitFor(() => expect(shown()).toMatchObject({ tree: EMPTY_TREE, pending: { count: 0 }, stage: null }));
    const live = { 1: { flight: "A", lift: null, attempt: null, lifter: 5_000 } };
    const tree = newStore<MeetTree>({ ...EMPTY_TREE, live });
    const pending = newStore<PendingState>({ count: 2, heldUp: null, saved: false });
    draw({ ...props, meet: { ...tree, pending } as unknown as Meet });
    await vi.waitFor(() => expect(shown()).toMatchObject({ pending: { count: 2 }, stage: { flight: "A" } }));
    tree.set({ ...tree.getSnapshot(), meet: { name: "Open" } });
    tree.notify();
    await vi.waitFor(() => expect(shown().tree.meet.name).toBe("Open"));
    expect(shown().stage).toBe(live[1]);
  });
});
