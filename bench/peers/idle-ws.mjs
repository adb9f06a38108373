/**
 * `ws` on Node with its defaults: each client subscribes to the topic it names and is answered once. For measure M5.
 */

import { WebSocketServer } from "ws";

const answer = "x".repeat(1200);
const topics = new Map();

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("connection", (socket) => {
  let topic;
  socket.on("message", (name) => {
    topic = name.toString();
    if (!topics.has(topic)) topics.set(topic, new Set());
    topics.get(topic).add(socket);
    socket.send(answer);
  });
  socket.on("close", () => topics.get(topic)?.delete(socket));
});

server.on("listening", () => console.log(`listen 127.0.0.1:${server.address().port}`));
