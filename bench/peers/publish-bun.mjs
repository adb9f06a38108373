/** Bun's own WebSocket server, which is uWebSockets: one topic, published once a tick. */
const [bytes, tickMs] = process.argv.slice(2, 4).map(Number);
const [certificate, key] = process.argv.slice(4);
const payload = new Uint8Array(bytes).fill(7);
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  tls: certificate ? { cert: Bun.file(certificate), key: Bun.file(key) } : undefined,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('a WebSocket is expected')),
  websocket: {
    perMessageDeflate: false,
    open: (socket) => socket.subscribe('all'),
    message: () => undefined,
  },
});
setInterval(() => server.publish('all', payload), tickMs);
console.log(`listen 127.0.0.1:${server.port}`);
