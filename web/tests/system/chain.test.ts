/** From chat to a browser at the far end of a chain of two relays, while each part of the chain is killed in turn. */
import { expect, test } from "vitest";

import { BoardPage } from "./board-page.ts";
import type { Row } from "./board-page.ts";
import { complaints, openBrowser, Traffic } from "./browser.ts";
import { ready, startCore, startEdge, startInnerRelay } from "./house.ts";
import { Person, startIrc } from "./irc.ts";
import { freePort, Stage } from "./stage.ts";
import { throughout } from "./until.ts";

/** What recovery may take. */
const RECOVERY = 10_000;
/** What a kill of the core may cost. */
const COMMIT = 200;

/** The independent count: who wrote how much, and who got there first. */
class Tally {
  readonly #people = new Map<string, { count: number; at: number }>();
  #messages = 0;

  count(nick: string): void {
    this.#messages += 1;
    const count = (this.#people.get(nick)?.count ?? 0) + 1;
    this.#people.set(nick, { count, at: this.#messages });
  }

  get rows(): Row[] {
    const sorted = [...this.#people].sort(([, a], [, b]) => b.count - a.count || a.at - b.at);
    return sorted.map(([nick, { count }], at) => [at + 1, `irc:${nick}`, count]);
  }
}

/** In each round most of them say something, in one of the two channels; the gaps change the order over and over. */
async function talk(people: readonly Person[], tally: Tally, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [at, speaker] of people.entries()) {
      if ((round + at) % (2 + at) === 1) continue;
      const channel = (round + at) % 2 === 0 ? "#one" : "#two";
      await speaker.say(channel, `round ${round}: {} ü`, people[(at + 1) % people.length]!);
      tally.count(speaker.nick);
    }
  }
}

/**
 * E5, E12, E14: what people say in two channels of a real IRC server stands on the page behind two relays, counted and
 * ranked as the test itself counts. Core, first relay and second relay are killed and come back: the page stays, says
 * stale or offline, and is right and live again without a reload.
 */
test("a page at the end of a chain is right, also after each part was killed", { timeout: 240_000 }, async (context) => {
  const stage = new Stage(context);
  const irc = await startIrc(stage);
  const people: Person[] = [];
  for (const nick of ["ann", "bert", "cecil", "dora", "emil"]) people.push(await Person.join(stage, irc, nick));
  const config = stage.write(
    "core.toml",
    `[[source]]\nname = "chat"\nkind = "irc"\nserver = "127.0.0.1"\nport = ${irc}\n` +
      'channels = ["#one", "#two"]\nnick = "scorebot"\n',
  );
  const links = { core: `tcp:127.0.0.1:${await freePort()}`, relay: `tcp:127.0.0.1:${await freePort()}` };
  const port = await freePort();
  const core = startCore(stage, config, links.core);
  const inner = startInnerRelay(stage, links.core, links.relay);
  const edge = startEdge(stage, links.relay, port);
  for (const program of [core, inner, edge]) await ready(await program.address("metrics"));
  await people[0]!.sees("scorebot");

  const page = await openBrowser(stage);
  const [traffic, wrong] = [new Traffic(page), complaints(page)];
  const board = new BoardPage(page);
  await board.open(`http://127.0.0.1:${port}/?track_user=irc:bert`);
  await board.says("live");
  const tally = new Tally();
  await talk(people, tally, 12);
  await board.shows(tally.rows);
  expect((await board.sight()).total).toBe(people.length);

  // The core dies, 200 ms after the last message.
  await throughout("the board stands still", COMMIT, async () => (await board.sight()).rows.length === people.length);
  await core.kill();
  expect(await board.says("stale", RECOVERY)).toMatch(/stale/i);
  await board.shows(tally.rows);
  await people[0]!.misses("scorebot");
  const second = startCore(stage, config, links.core);
  await ready(await second.address("metrics"));
  await people[0]!.sees("scorebot");
  await talk(people, tally, 4);
  await board.shows(tally.rows, RECOVERY);
  await board.says("live", RECOVERY);

  // The first relay dies while people talk.
  await inner.kill();
  await talk(people, tally, 2);
  await board.says("stale", RECOVERY);
  const innerAgain = startInnerRelay(stage, links.core, links.relay);
  await ready(await innerAgain.address("metrics"));
  await board.shows(tally.rows, RECOVERY);
  await board.says("live", RECOVERY);
  expect(traffic.sockets, "the page kept its connection").toBe(1);

  // The second relay, which serves the page, dies.
  const standing = tally.rows;
  await edge.kill();
  expect(await board.says("offline", RECOVERY)).toMatch(/last update/i);
  await board.shows(standing);
  await talk(people, tally, 2);
  const edgeAgain = startEdge(stage, links.relay, port);
  await ready(await edgeAgain.address("metrics"));
  await board.shows(tally.rows, RECOVERY);
  expect(await board.says("live", RECOVERY)).toMatch(/live/i);
  await talk(people, tally, 3);
  await board.shows(tally.rows, RECOVERY);
  expect(traffic.sockets, "the page connected again").toBeGreaterThan(1);

  expect(await board.isSame(), "the page was never loaded anew").toBe(true);
  expect(wrong).toEqual([]);
});
