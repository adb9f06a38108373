/** Messages per second over the last five minutes, as this page saw them: the board `rate` has the figure of the last second only. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useBoardView, useStatus } from "scorelay/react";

import * as format from "../lib/format.ts";
import { Series, summary } from "../lib/series.ts";
import { Chart } from "../ui/chart.tsx";

/** Steps of a second each that are drawn. */
const STEPS = 300;
const FIRST = { from: 1, to: 1 };

/** The figure, `null` while nothing current is known. */
function useRate(there: boolean): number | null {
  const { rows, complete, presence } = useBoardView(there ? "rate" : null, FIRST);
  const { kind } = useStatus();
  if (kind !== "live" || !complete || presence !== "present") return null;
  return rows[0]?.score ?? 0;
}

/** What `figure` was in each of the last seconds. */
function useSeries(figure: number | null) {
  const series = useRef<Series>(null);
  series.current ??= new Series(STEPS, 1000);
  const [values, setValues] = useState(series.current.values);
  const latest = useRef(figure);
  latest.current = figure;
  useEffect(() => {
    const note = () => setValues(series.current!.note(Date.now(), latest.current));
    const timer = setInterval(note, 1000);
    return () => clearInterval(timer);
  }, []);
  return values;
}

/** The chart, with the figure of now. `there`: whether there is such a board. */
export function Rate({ there }: { there: boolean }) {
  const now = useRate(there);
  const values = useSeries(now);
  const { kind } = useStatus();
  const known = summary(values);
  const spoken = known === null
    ? "Messages per second: nothing seen yet"
    : `Messages per second over the last five minutes: ${format.score(known.mean, 1)} on average, ${format.count(known.peak)} at most`;
  return (
    <section class="card rate" aria-labelledby="rate">
      <div class="figures">
        <div>
          <h2 id="rate">Messages per second</h2>
          <p class="now" data-rate={now ?? ""}>{now === null ? "–" : format.count(now)}</p>
        </div>
        <dl>
          <div><dt>Average</dt><dd>{known === null ? "–" : format.score(known.mean, 1)}</dd></div>
          <div><dt>Most</dt><dd>{known === null ? "–" : format.count(known.peak)}</dd></div>
        </dl>
      </div>
      <Chart values={values} label={spoken} ago="5 min ago" least={5} />
      <p class="words" role="status">{words(there, kind, now)}</p>
    </section>
  );
}

function words(there: boolean, kind: string, now: number | null): string {
  if (!there) return "There is no board “rate” here: add “statistics = true” to the core’s configuration.";
  if (kind === "stale") return "Out of date: the source of the figures is out of reach. The chart goes on when it is back.";
  if (kind === "offline") return "Out of date: there is no connection. The chart goes on when it is back.";
  return now === null ? "Waiting for the first figure…" : "As seen since this page was opened.";
}
