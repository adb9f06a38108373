/**
 * Clients of `colyseus.mjs` with Colyseus' own decoder, to see that what it sends is right: `HOST:PORT` and seats' paths as
 * JSON, the arguments. The line `rows` on standard input is answered with what each client shows, `rows [[[rank, id, score],
 * …], …]`.
 */
import { createInterface } from 'node:readline';

import { Decoder, Reflection } from '@colyseus/schema';
import { WebSocket } from 'ws';

const JOIN = 10;
const STATE = 14;
const PATCH = 15;

const [address, paths] = process.argv.slice(2);

function connect(path) {
  const client = { decoder: undefined };
  const socket = new WebSocket(`ws://${address}${path}`, { perMessageDeflate: false });
  socket.binaryType = 'nodebuffer';
  socket.on('message', (bytes) => {
    if (bytes[0] === JOIN) {
      // The reconnection token and the serializer's name, each after its length, then the schema.
      const name = 2 + bytes[1];
      client.decoder = Reflection.decode(bytes, { offset: name + 1 + bytes[name] });
      socket.send(Buffer.from([JOIN]));
    } else if (bytes[0] === STATE || bytes[0] === PATCH) {
      client.decoder.decode(bytes, { offset: 1 });
    } else throw new Error(`a message of kind ${bytes[0]}`);
  });
  socket.on('close', (code) => process.exit(code === 1000 ? 0 : 1));
  return client;
}

function shown({ decoder }) {
  if (!(decoder instanceof Decoder)) return [];
  const sights = [...(decoder.state.shown?.values() ?? [])];
  if (sights.length > 1) throw new Error('a client sees what it does not look at');
  return sights.flatMap(({ first, ids, scores }) => [...ids].map((id, at) => [first + at, id, scores[at]]));
}

const clients = JSON.parse(paths).map(connect);
createInterface({ input: process.stdin }).on('line', () => console.log(`rows ${JSON.stringify(clients.map(shown))}`));
