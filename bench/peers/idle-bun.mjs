/**
 * Bun with its defaults: each client subscribes to the topic it names and is answered once. For measure M5.
 */

const answer = "x".repeat(1200);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("WebSocket only", { status: 426 });
  },
  websocket: {
    message(socket, topic) {
      socket.subscribe(topic);
      socket.send(answer);
    },
  },
});

console.log(`listen 127.0.0.1:${server.port}`);
