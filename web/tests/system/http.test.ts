/** The HTTP interface of the real programs: the same from a core that answers itself, from a relay elsewhere, and from one behind that. */
import { expect, test } from "vitest";

import { importRows, metric, ready, scorelay, scorelayRelay, startCore, startEdge } from "./house.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";

const CONFIG = '[[board]]\nid = "goals"\ntitle = "Goals"\nunit = "goals"\ndecimals = 1\nscorer = "external"\n';

async function ask(origin: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${origin}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
  return { status: answer.status, tag: answer.headers.get("etag"), text: await answer.text() };
}

/** S8: the core with its sources and the port that answers run apart, and together. */
test("a core and relays behind it answer alike, and relays go on without the core", { timeout: 120_000 }, async (context) => {
  const stage = new Stage(context);
  const config = stage.write("core.toml", CONFIG);
  const args = ["--config", config, "--data", "data", "--listen", "127.0.0.1:0", "--link", "tcp:127.0.0.1:0", "--metrics", "127.0.0.1:0"];
  const core = stage.start(scorelay(), "serve", ...args);
  const [own, link] = [await core.address("listen"), await core.address("link")];
  await ready(await core.address("metrics"));
  const middle = stage.start(scorelayRelay(), "--upstream", link, "--listen", "127.0.0.1:0", "--link", "tcp:127.0.0.1:0", "--metrics", "127.0.0.1:0");
  const edge = startEdge(stage, await middle.address("link"));
  const origins = [own, await middle.address("listen"), await edge.address("listen")];
  for (const program of [middle, edge]) await ready(await program.address("metrics"));
  importRows(stage, config, "goals", [["player:ann", 12.5], ["player:ben", 7], ["player:cem", 0.1]]);

  const path = "/v1/boards/goals/rows?from=1&to=2";
  const rows = [
    { rank: 1, entity: "player:ann", score: 12.5, units: 125 },
    { rank: 2, entity: "player:ben", score: 7, units: 70 },
  ];
  const tags = new Set<string | null>();
  for (const origin of origins) {
    const found = await until(`${origin} has the rows`, async () => {
      const answer = await ask(origin, path);
      return answer.status === 200 && JSON.parse(answer.text).rows.length === 2 ? answer : undefined;
    });
    const about = { board: "goals", title: "Goals", unit: "goals", decimals: 1, synthetic: false, staleSince: null };
    expect(JSON.parse(found.text)).toEqual({ ...about, rows });
    expect(await ask(origin, path, { "if-none-match": found.tag! })).toEqual({ status: 304, tag: found.tag, text: "" });
    expect((await ask(origin, "/stats")).text).toBe('{"messagesPerSecond":0}');
    tags.add(found.tag);
  }
  expect(tags.size, "any relay's tag is good at the others").toBe(1);

  await core.kill();
  for (const origin of origins.slice(1)) {
    const stale = await until(`${origin} says that the core is gone`, async () => {
      const answer = await ask(origin, path);
      const said = JSON.parse(answer.text) as { staleSince: number | null; rows: unknown };
      return answer.status === 200 && said.staleSince !== null ? said : undefined;
    });
    expect(stale.rows).toEqual(rows);
    expect(Math.abs(Date.now() - stale.staleSince!)).toBeLessThan(100_000);
  }
});

/** S7, T3: a flood of requests is refused with when to come again, and the relay asks its boards hardly more often for it. */
test("an address that floods is told to wait", { timeout: 120_000 }, async (context) => {
  const stage = new Stage(context);
  const core = startCore(stage, stage.write("core.toml", CONFIG), "tcp:127.0.0.1:0");
  const edge = startEdge(stage, await core.address("link"));
  const [origin, metrics] = [await edge.address("listen"), await edge.address("metrics")];
  await ready(metrics);
  const start = Date.now();
  const answers = await Promise.all(Array.from({ length: 600 }, () => fetch(`${origin}/v1/boards/goals/rows`).then(async (answer) => {
    await answer.arrayBuffer();
    return answer;
  })));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length + answers.filter(({ status }) => status === 200).length).toBe(600);
  const seconds = (Date.now() - start) / 1_000 + 1;
  expect(refused.length).toBeGreaterThanOrEqual(600 - 200 - 50 * seconds);
  for (const { headers } of refused) expect(headers.get("retry-after")).toBe("1");
  // Those that come at one moment may all find no kept answer.
  expect(await metric(metrics, "scorelay_relay_api_questions_total")).toBeLessThan(200);
  await until("it is answered again", async () => (await ask(origin, "/v1/boards")).status === 200);
});

/** S2, S3: what a crowd writes is counted; where nobody writes all of it is there, and empty. */
test("statistics follow what is written", { timeout: 120_000 }, async (context) => {
  const stage = new Stage(context);
  const config = stage.write("core.toml", `statistics = true\n${CONFIG}`);
  const quiet = startCore(stage, config, "tcp:127.0.0.1:0");
  const first = startEdge(stage, await quiet.address("link"));
  await ready(await first.address("metrics"));
  const idle = await first.address("listen");
  await until("the boards of statistics are there", async () => (await ask(idle, "/v1/boards/rate/rows")).status === 200);
  expect((await ask(idle, "/stats")).text).toBe('{"messagesPerSecond":0}');
  for (const list of ["words", "nicks", "rooms"]) expect((await ask(idle, `/stats/${list}`)).text, list).toBe("[]");
  await quiet.kill();

  const busy = startCore(stage, config, "tcp:127.0.0.1:0", "--demo", "--demo-rate", "200");
  const second = startEdge(stage, await busy.address("link"));
  await ready(await second.address("metrics"));
  const origin = await second.address("listen");
  await until("a full second of messages is counted", async () => {
    const { messagesPerSecond } = JSON.parse((await ask(origin, "/stats")).text) as { messagesPerSecond: number };
    return messagesPerSecond >= 100 && messagesPerSecond <= 400;
  });
  for (const [list, least] of [["words", 10], ["nicks", 10], ["rooms", 1]] as const) {
    const all = await until(`${list} are counted`, async () => {
      const found = JSON.parse((await ask(origin, `/stats/${list}`)).text) as Record<string, number>[];
      return found.length >= least ? found.map((each) => Object.entries(each)) : undefined;
    });
    expect(all.length, list).toBeLessThanOrEqual(10);
    expect(all.every((each) => each.length === 1 && each[0]![0].length > 0), list).toBe(true);
    const counts = all.map(([entry]) => entry![1]);
    expect(counts, list).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts.at(-1), list).toBeGreaterThan(0);
  }
});
