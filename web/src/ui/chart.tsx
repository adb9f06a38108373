/** A line over time, drawn in a box whose size never depends on the figures. What is drawn is the caller's; see `lib/series.ts`. */
import * as format from "../lib/format.ts";
import { paths, scaleEnd, summary } from "../lib/series.ts";
import type { Values } from "../lib/series.ts";

/** What a chart needs. */
export interface ChartProps {
  readonly values: Values;
  /** What it shows, in words, for those who do not see it. */
  readonly label: string;
  /** How long ago its left edge is, in words; without it the chart has no scales. */
  readonly ago?: string;
  /** The least that the scale reaches to. */
  readonly least?: number;
  /** A figure as it is written at the scale. */
  readonly write?: (value: number) => string;
}

const WIDTH = 600;
const HEIGHT = 100;

/** The chart. */
export function Chart({ values, label, ago, least = 1, write = format.count }: ChartProps) {
  const end = scaleEnd(summary(values)?.peak ?? 0, least);
  const { line, area } = paths(values, end, WIDTH, HEIGHT);
  return (
    <div class={ago === undefined ? "chart small" : "chart"}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {ago !== undefined && [0, HEIGHT / 2].map((y) => <path key={y} class="grid" d={`M0 ${y}H${WIDTH}`} />)}
        <path class="area" d={area} />
        <path class="line" d={line} />
      </svg>
      {ago !== undefined && (
        <>
          <span class="scale upper" aria-hidden="true">{write(end)}</span>
          <span class="scale middle" aria-hidden="true">{write(end / 2)}</span>
          <span class="scale left" aria-hidden="true">{ago}</span>
          <span class="scale right" aria-hidden="true">now</span>
        </>
      )}
    </div>
  );
}
