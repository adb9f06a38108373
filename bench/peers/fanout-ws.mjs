/**
 * What is usually written: Node with `ws`, a board in memory, and once a tick the changed rows of its first hundred as JSON.
 * The text is made once for all; compression is off, as it costs far more processor time than it saves.
 */
import { readFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer as createEncrypted } from 'node:https';
import { WebSocketServer } from 'ws';

const [tickMs, perSecond] = process.argv.slice(2, 4).map(Number);
const [certificate, key] = process.argv.slice(4);
const ROWS = 1000;
const SHOWN = 100;

const rows = Array.from({ length: ROWS }, (_, at) => ({ id: `twitch:${100_000_000 + at * 7919}`, score: 20 * (ROWS - at) }));
let shown = rows.slice(0, SHOWN).map((row) => ({ ...row }));
let seed = 1;
const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;

const http = certificate
  ? createEncrypted({ cert: readFileSync(certificate), key: readFileSync(key) })
  : createPlain();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
http.listen(0, '127.0.0.1', () => console.log(`listen 127.0.0.1:${http.address().port}`));

setInterval(() => {
  for (let n = (perSecond * tickMs) / 1000; n > 0; n--) rows[Math.floor(random() * SHOWN * 1.2)].score += 1;
  rows.sort((one, other) => other.score - one.score);
  const changed = [];
  for (let at = 0; at < SHOWN; at++) {
    const row = rows[at];
    if (row.id === shown[at].id && row.score === shown[at].score) continue;
    changed.push({ rank: at + 1, id: row.id, score: row.score });
  }
  if (changed.length === 0) return;
  shown = rows.slice(0, SHOWN).map((row) => ({ ...row }));
  const text = Buffer.from(JSON.stringify(changed));
  for (const client of server.clients) client.send(text, { binary: false });
}, tickMs);
