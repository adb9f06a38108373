/**
 * A board kept in a Redis sorted set, and what of it is looked at. At each beat every distinct window and every tracked
 * entity is asked for once, all of it in one pipeline, and compared with what it was.
 *
 * The commands go out as `ZREVRANGE … WITHSCORES` whose flat reply is compared as it came: the package's own reply objects
 * cost half as much again.
 */
import { createClient } from 'redis';

const KEY = 'board';

/** One thing that is looked at: its rows as `id, score` in turn (both text), and what changed at the last beat. */
class Sight {
  /** The rank of the first row: of a window always the same. */
  first = 0;
  reply = [];
  /** `[rank, id, score]` of each row that differs from the beat before; an id of `null` where a row went. */
  changed = [];
  /** Whoever uses the board keeps here what belongs to the sight. */
  owner;

  constructor(commands) {
    this.commands = commands;
  }

  /** All rows as they would be sent to somebody new. */
  rows() {
    return rows(this, []);
  }
}

function rows(sight, before) {
  const { reply, first } = sight;
  const changed = [];
  const longest = Math.max(reply.length, before.length);
  for (let at = 0; at < longest; at += 2) {
    if (reply[at + 1] === before[at + 1] && reply[at] === before[at]) continue;
    changed.push([first + at / 2, reply[at] ?? null, Number(reply[at + 1] ?? 0)]);
  }
  return changed;
}

export class Board {
  #redis;
  #windows = new Map();
  #tracks = new Map();

  static async open(path) {
    const board = new Board();
    board.#redis = createClient({ socket: { path }, RESP: 2 });
    await board.#redis.connect();
    return board;
  }

  /** What `window=1-100` or `track=twitch:ID` of a query looks at: the same object for the same text. */
  sight(query) {
    const track = query.get('track');
    if (track !== null) return this.#keep(this.#tracks, track, [['ZREVRANK', KEY, track], ['ZSCORE', KEY, track]]);
    const [from, to] = query.get('window').split('-').map(Number);
    const sight = this.#keep(this.#windows, from + '-' + to, [['ZREVRANGE', KEY, `${from - 1}`, `${to - 1}`, 'WITHSCORES']]);
    sight.first = from;
    return sight;
  }

  #keep(map, key, commands) {
    let sight = map.get(key);
    if (sight === undefined) map.set(key, (sight = new Sight(commands)));
    return sight;
  }

  /** Asks for everything once; the sights in which something differs. */
  async beat() {
    const changed = [];
    const ask = (command) => this.#redis.sendCommand(command);
    const windows = [...this.#windows.values()].map(async (sight) => {
      const before = sight.reply;
      sight.reply = await ask(sight.commands[0]);
      sight.changed = rows(sight, before);
      if (sight.changed.length > 0) changed.push(sight);
    });
    const tracks = [...this.#tracks].map(async ([id, sight]) => {
      const [rank, score] = await Promise.all(sight.commands.map(ask));
      const before = sight.reply;
      const from = sight.first;
      sight.reply = score === null ? [] : [id, score];
      sight.first = score === null ? 0 : Number(rank) + 1;
      sight.changed = rows(sight, from === sight.first ? before : []);
      if (sight.changed.length === 0 && from !== sight.first) sight.changed = [[0, null, 0]];
      if (sight.changed.length > 0) changed.push(sight);
    });
    await Promise.all([...windows, ...tracks]);
    return changed;
  }
}

/** Calls `beat` every `ms`, never two at once; a beat that takes longer skips those it cannot keep. */
export async function beats(ms, beat) {
  const started = performance.now();
  for (;;) {
    await beat();
    const passed = performance.now() - started;
    await new Promise((resolve) => setTimeout(resolve, ms - (passed % ms)));
  }
}
