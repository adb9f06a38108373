/**
 * Figures over time, one for each step, for the charts: the last ones are kept, and a step of which nothing is known is a gap.
 * It draws nothing; see `ui/chart.tsx`. Time is an argument, in milliseconds.
 */

/** A figure for each step, oldest first; `null` where there is none. */
export type Values = readonly (number | null)[];

/** The last `length` steps of `step` milliseconds each. */
export class Series {
  readonly #length: number;
  readonly #step: number;
  #values: (number | null)[];
  #at: number | null = null;

  constructor(length: number, step: number) {
    this.#length = length;
    this.#step = step;
    this.#values = new Array<null>(length).fill(null);
  }

  /** The figures up to the last one noted. */
  get values(): Values {
    return this.#values;
  }

  /** Notes the figure of the step that `now` lies in; what was noted before for the same step gives way. */
  note(now: number, value: number | null): Values {
    const at = Math.floor(now / this.#step);
    const skipped = this.#at === null ? 1 : Math.max(0, at - this.#at);
    this.#at = Math.max(at, this.#at ?? at);
    const gap = new Array<null>(Math.min(skipped, this.#length)).fill(null);
    this.#values = [...this.#values, ...gap].slice(-this.#length);
    this.#values[this.#length - 1] = value;
    return this.#values;
  }
}

/** What is known of figures; `null` where there are none. */
export function summary(values: Values): { readonly peak: number; readonly mean: number } | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return { peak: Math.max(...known), mean: known.reduce((sum, value) => sum + value, 0) / known.length };
}

/** The end of a scale for figures up to `peak`: 1, 2 or 5 times a power of ten, and at least `least`. */
export function scaleEnd(peak: number, least = 1): number {
  const wanted = Math.max(peak, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= wanted * (1 - 1e-9))!;
}

/** The line through figures and the area below it, as SVG paths in a box of `width` × `height`; a gap ends a line. */
export function paths(values: Values, end: number, width: number, height: number): { readonly line: string; readonly area: string } {
  const runs: [at: number, value: number][][] = [];
  values.forEach((value, at) => {
    if (value === null) return;
    if (at === 0 || values[at - 1] === null) runs.push([]);
    runs.at(-1)!.push([at, value]);
  });
  const x = (at: number) => round((at / (values.length - 1)) * width);
  const y = (value: number) => round(height - (Math.min(value, end) / end) * height);
  // A step that stands alone is drawn as a short stroke: a line of one point would not be seen.
  const points = runs.map((run) => (run.length > 1 ? run : [[run[0]![0] - 0.4, run[0]![1]] as const, [run[0]![0] + 0.4, run[0]![1]] as const]));
  const lines = points.map((run) => run.map(([at, value], first) => `${first === 0 ? "M" : "L"}${x(at)} ${y(value)}`).join(""));
  const areas = points.map((run, which) => `${lines[which]!}L${x(run.at(-1)![0])} ${height}L${x(run[0]![0])} ${height}Z`);
  return { line: lines.join(""), area: areas.join("") };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
