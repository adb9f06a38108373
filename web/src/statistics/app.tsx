/** The page of statistics: how much is said just now, and the words, names and rooms that lead. All of it is boards; this only draws them. */
import { useDirectory, useStatus } from "scorelay/react";

import { Status } from "../ui/status.tsx";
import { Rate } from "./rate.tsx";
import { Top } from "./top.tsx";
import { Totals } from "./totals.tsx";

/** The lists, in the order in which they stand. */
const TOPS = [
  { id: "words", title: "Words", unit: "uses" },
  { id: "nicks", title: "Names", unit: "messages" },
  { id: "rooms", title: "Rooms", unit: "messages" },
] as const;

/** The whole page. */
export function App() {
  const boards = useDirectory();
  const { kind } = useStatus();
  const has = (id: string) => boards === null || boards.some((board) => board.id === id);
  const known = boards !== null && kind !== "connecting";
  const none = known && !["rate", ...TOPS.map(({ id }) => id)].some(has);
  const synthetic = boards?.some((board) => board.synthetic) ?? false;
  return (
    <>
      <header class="top">
        <a class="brand" href="/">Scorelay</a>
        <nav class="tabs" aria-label="Pages">
          <a href="/">Boards</a>
          <a href="/statistics" aria-current="page">Statistics</a>
        </nav>
      </header>
      <main>
        <div class="about">
          <div>
            <h1>Statistics</h1>
            <p class="meta">{synthetic ? <span class="badge" title="A simulated crowd wrote all this">Synthetic data</span> : "\u00a0"}</p>
          </div>
        </div>
        {none ? <NoStatistics /> : (
          <>
            <Rate there={has("rate")} />
            <Totals boards={boards} />
            <div class="tops">
              {TOPS.map((top) => <Top key={top.id} {...top} there={has(top.id)} />)}
            </div>
          </>
        )}
      </main>
      <Status />
    </>
  );
}

function NoStatistics() {
  return (
    <div class="nothing card">
      <h2>No statistics are kept here</h2>
      <p>Whoever runs this server has it keep them with one line, before the first section of the core’s configuration:</p>
      <pre><code>statistics = true</code></pre>
      <p>After a restart of the core they appear here by themselves.</p>
    </div>
  );
}
