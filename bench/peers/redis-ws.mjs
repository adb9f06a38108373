/**
 * What is usually built for large boards: Redis keeps the order, Node asks it for each distinct window ten times a second and
 * sends what differs as JSON through `ws`. A text is made once for all who look at the same; compression is off.
 *
 * Clients open `/?window=1-100` or `/?track=twitch:ID` and get `[[rank, id, score], …]`: first all rows, then those that
 * differ, each time one message. The line `stats` on standard input is answered with totals.
 */
import { createInterface } from 'node:readline';

import { WebSocketServer } from 'ws';

import { Board, beats } from './board.mjs';

const [socketPath, tickMs] = process.argv.slice(2);
const board = await Board.open(socketPath);
const stats = { ticks: 0, messages: 0, rows: 0 };

const text = (rows) => Buffer.from(JSON.stringify(rows));
const send = (client, bytes, rows) => {
  client.send(bytes, { binary: false });
  stats.messages += 1;
  stats.rows += rows;
};

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', () => console.log(`listen 127.0.0.1:${server.address().port}`));
server.on('connection', (client, request) => {
  const sight = board.sight(new URL(request.url, 'http://localhost').searchParams);
  const clients = (sight.owner ??= new Set());
  clients.add(client);
  client.on('close', () => clients.delete(client));
  client.on('error', () => client.terminate());
  const rows = sight.rows();
  if (rows.length > 0) send(client, text(rows), rows.length);
});

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stats') console.log(`stats ${JSON.stringify(stats)}`);
});

await beats(Number(tickMs), async () => {
  for (const { owner, changed } of await board.beat()) {
    if (owner === undefined || owner.size === 0) continue;
    const bytes = text(changed);
    for (const client of owner) send(client, bytes, changed.length);
  }
  stats.ticks += 1;
});
