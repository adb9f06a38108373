/**
 * What somebody may write who uses the package; `consumer.test.ts` compiles it, nothing runs it.
 */

import { connect, ScorelayError } from "scorelay";
import type { BoardSnapshot, Client, Row, Store } from "scorelay";
import { connect as slim } from "scorelay/slim";

const client: Client = connect({ url: "https://boards.example.org", track: ["twitch:1"], pace: 100 });
const other: Client = slim({ url: new URL("wss://boards.example.org"), wasm: "/scorelay.wasm", signal: new AbortController().signal });
const view = client.board("messages").view({ from: 1, to: 100 });
const store: Store<BoardSnapshot> = view;
const stop: () => void = store.subscribe(() => {
  const { rows, total } = view.getSnapshot();
  rows.forEach((row: Row | null) => console.log(row === null ? "…" : `${row.rank} of ${total}: ${row.entity} ${row.score.toFixed(1)}`));
});

async function look(): Promise<void> {
  await client.ready({ signal: new AbortController().signal });
  try {
    const at = await client.board("messages").find("twitch:1");
    const rank: number | undefined = at?.rank;
    console.log(rank, (await client.find("twitch:1")).places.length);
  } catch (error) {
    if (error instanceof ScorelayError) {
      const code: string = error.code;
      console.log(code, error.retryable);
    }
  }
  const badges: readonly string[] | undefined = (await client.profiles.get("twitch:1"))?.badges;
  const names = client.profiles.view(["twitch:1"]);
  console.log(badges, names.getSnapshot().get("twitch:1")?.ranks["messages"]);
  names.close();
  const { error, kind } = client.state.getSnapshot();
  console.log(kind === "offline" ? error?.code : kind);
  stop();
  view[Symbol.dispose]();
  other.close();
}

void look();
