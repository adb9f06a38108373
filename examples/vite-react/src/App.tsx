/** Tabs of the boards, the top of the one that is chosen, and the state of the connection. It connects to nothing. */

import { useState } from "react";
import { useBoardView, useDirectory, useStatus } from "scorelay/react";

const SHOWN = { from: 1, to: 20 };

export function App() {
  const boards = useDirectory() ?? [];
  const status = useStatus();
  const [chosen, choose] = useState<string | null>(null);
  const board = chosen ?? boards[0]?.id ?? null;
  return (
    <main>
      <nav>
        {boards.map(({ id, title }) => (
          <button key={id} aria-pressed={id === board} onClick={() => choose(id)}>
            {title}
          </button>
        ))}
      </nav>
      {board && <Board id={board} />}
      <footer data-state={status.kind}>{status.error ? `${status.kind}: ${status.error.message}` : status.kind}</footer>
    </main>
  );
}

function Board({ id }: { id: string }) {
  const { rows, total, unit, synthetic } = useBoardView(id, SHOWN);
  return (
    <table>
      <caption>
        {total.toLocaleString("en")} rows{synthetic && ", made up"}
      </caption>
      <thead>
        <tr>
          <th>rank</th>
          <th>who</th>
          <th>{unit}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={row?.entity ?? index}>
            <td>{row?.rank ?? SHOWN.from + index}</td>
            <td>{row?.entity ?? "…"}</td>
            <td>{row?.score.toLocaleString("en")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
