/** Node with `ws`: one small message a tick to everybody, and every login hashed as soon as it is asked for. */
import { randomBytes, scrypt } from 'node:crypto';
import { WebSocketServer } from 'ws';

const tickMs = Number(process.argv[2]);
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('listening', () => console.log(`listen 127.0.0.1:${server.address().port}`));
server.on('connection', (client) => {
  client.on('message', (password) => {
    scrypt(password, randomBytes(16), 32, COST, (error, hash) => {
      client.send(JSON.stringify(error ? { error: error.message } : { session: hash.toString('hex') }));
    });
  });
});

setInterval(() => {
  const text = Buffer.from(JSON.stringify({ at: Date.now(), rows: [{ rank: 1, id: 'twitch:100000000', score: 12345 }] }));
  for (const client of server.clients) client.send(text, { binary: false });
}, tickMs);
