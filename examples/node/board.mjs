#!/usr/bin/env node
/**
 * Prints a board each time it changes: `node board.mjs [relay] [board] [times]`. Without `times` it goes on until Ctrl-C.
 * It is about the client only; the relay is whatever runs at the address, by default that of `cargo xtask demo`.
 */

import { connect } from "scorelay";

const [url = "http://127.0.0.1:7420", board = "messages", times = "Infinity"] = process.argv.slice(2);
const client = connect({ url });
const view = client.board(board).view({ from: 1, to: 10 });
let left = Number(times);

client.state.subscribe(() => {
  const { kind, error } = client.state.getSnapshot();
  console.error(error ? `${kind}: ${error.message}` : kind);
});
view.subscribe(() => {
  const { complete, presence, title, unit, total, rows } = view.getSnapshot();
  if (presence === "absent") console.error(`there is no board ${board}`);
  if (!complete || presence !== "present" || left <= 0) return;
  const lines = rows.map((row) => `${String(row.rank).padStart(4)}  ${row.entity.padEnd(32)}  ${row.score}`);
  console.log([`${title}, ${total} rows, ${unit}`, ...lines, ""].join("\n"));
  left -= 1;
  if (left <= 0) client.close();
});
process.on("SIGINT", () => client.close());
