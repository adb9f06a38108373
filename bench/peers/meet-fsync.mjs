/**
 * A server of meets as one would write it in an afternoon: JSON over `ws`, each update a line of its meet's file, synced
 * by itself before it is acknowledged. The folder and the number of threads for the disk are arguments; `count` on
 * standard input prints how many syncs there were.
 */
import { closeSync, fdatasync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [folder, threads] = process.argv.slice(process.argv.indexOf("--") + 1);
process.env.UV_THREADPOOL_SIZE = threads;
const { WebSocketServer } = await import("ws");

const files = new Map();
let syncs = 0;

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false }, () => {
  console.log(`listen 127.0.0.1:${server.address().port}`);
});

server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const update = JSON.parse(data.toString());
    let file = files.get(update.meet);
    if (file === undefined) {
      file = openSync(join(folder, `${update.meet}.log`), "a");
      files.set(update.meet, file);
    }
    writeSync(file, `${JSON.stringify({ ...update, at: Date.now(), stands: true })}\n`);
    fdatasync(file, (error) => {
      if (error) throw error;
      syncs += 1;
      socket.send(JSON.stringify({ seq: update.seq, stands: true }));
    });
  });
});

createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "count") console.log(`syncs ${syncs}`);
});

process.on("SIGTERM", () => {
  for (const file of files.values()) closeSync(file);
  process.exit(0);
});
