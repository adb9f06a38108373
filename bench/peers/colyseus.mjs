/**
 * Colyseus with a `StateView` for each distinct window and tracked entity, shared by all clients that look at it, as its
 * serializer encodes once for each view. The board is the one that `redis-ws.mjs` has. A window's rows are two arrays of
 * plain values, not an object each: every view walks every changed object of the room at each patch, whether it sees it or
 * not. Patches go out when a beat has set what changed, instead of on a timer of their own.
 *
 * The line `seats ["window=1-100", …]` on standard input is answered with `seats [path, …]`, the addresses that clients
 * with a reserved seat open; `stats` with totals.
 */
import { createInterface } from 'node:readline';

import { Room, Server, matchMaker } from '@colyseus/core';
import { Encoder, StateView, schema } from '@colyseus/schema';
import { WebSocketTransport } from '@colyseus/ws-transport';

import { Board, beats } from './board.mjs';

const [socketPath, tickMs] = process.argv.slice(2);
const SEAT_SECONDS = 600;
Encoder.BUFFER_SIZE = 16 << 20;

const Shown = schema({ first: 'number', ids: ['string'], scores: ['number'] }, 'Shown');
const State = schema({ shown: { map: Shown, view: true } }, 'State');

const board = await Board.open(socketPath);
const stats = { ticks: 0, messages: 0, rows: 0 };

class BoardRoom extends Room {
  state = new State();
  seatReservationTimeout = SEAT_SECONDS;
  maxClients = 100_000;
  autoDispose = false;
  patchRate = null;

  onCreate() {
    void beats(Number(tickMs), () => this.beat());
  }

  onJoin(client, { key }) {
    const sight = board.sight(new URLSearchParams(key));
    sight.owner ??= this.#show(key, sight);
    sight.owner.clients += 1;
    client.view = sight.owner.view;
  }

  #show(key, sight) {
    const shown = new Shown();
    this.state.shown.set(key, shown);
    set(shown, sight, sight.rows());
    const view = new StateView();
    view.add(shown);
    return { shown, view, clients: 0 };
  }

  async beat() {
    for (const sight of await board.beat()) {
      if (sight.owner === undefined) continue;
      set(sight.owner.shown, sight, sight.changed);
      stats.messages += sight.owner.clients;
      stats.rows += sight.owner.clients * sight.changed.length;
    }
    this.broadcastPatch();
    stats.ticks += 1;
  }
}

function set(shown, sight, changed) {
  const { first } = sight;
  if (shown.first !== first) shown.first = first;
  for (const [rank, id, score] of changed) {
    const at = rank - first;
    if (shown.ids[at] !== id) shown.ids[at] = id;
    if (shown.scores[at] !== score) shown.scores[at] = score;
  }
}

const transport = new WebSocketTransport({ pingInterval: 0 });
const server = new Server({ transport, greet: false });
server.define('board', BoardRoom);
await server.listen(0, '127.0.0.1');
console.log(`listen 127.0.0.1:${transport.server.address().port}`);

async function seats(queries) {
  const seat = async (key) => {
    const { processId, roomId, sessionId } = await matchMaker.joinOrCreate('board', { key });
    return `/${processId}/${roomId}?sessionId=${sessionId}`;
  };
  const paths = [];
  for (const query of queries) paths.push(await seat(query));
  console.log(`seats ${JSON.stringify(paths)}`);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stats') console.log(`stats ${JSON.stringify(stats)}`);
  if (line.startsWith('seats ')) void seats(JSON.parse(line.slice(6)));
});
