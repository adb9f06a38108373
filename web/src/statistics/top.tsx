/** The first ten of a board, live. The list has room for ten from the start, so that nothing moves when they come. */
import { useBoardView } from "scorelay/react";

import { saidOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";

/** One of the lists. */
export interface TopProps {
  /** The board's id. */
  readonly id: string;
  readonly title: string;
  /** What is counted. */
  readonly unit: string;
  /** Whether there is such a board. */
  readonly there: boolean;
}

const TEN = { from: 1, to: 10 };
const RANKS = Array.from({ length: 10 }, (_, at) => at);

/** The list. */
export function Top({ id, title, unit, there }: TopProps) {
  const { rows, presence, complete, held } = useBoardView(there ? id : null, TEN);
  const first = rows[0]?.score ?? 0;
  const empty = presence === "present" && complete && rows.length === 0;
  return (
    <section class="card top-ten" aria-labelledby={`top-${id}`}>
      <h2 id={`top-${id}`}>{title} <span class="soft">by {unit}</span></h2>
      <ol data-board={id} data-complete={complete && !held}>
        {RANKS.map((at) => {
          const row = rows[at] ?? null;
          if (row === null) return <li key={at} class={complete || !there ? "none" : "none waiting"} aria-hidden="true" />;
          return (
            <li key={at} data-entity={row.entity} style={{ "--part": first > 0 ? row.score / first : 0 }}>
              <span class="who" title={saidOf(row.entity).name}>{saidOf(row.entity).name}</span>
              <span class="score">{format.count(row.score)}</span>
            </li>
          );
        })}
      </ol>
      {!there && <p class="words">There is no board “{id}” here.</p>}
      {empty && <p class="words">Nothing was said yet.</p>}
      {there && <a class="all" href={`/?board=${id}`}>All {title.toLowerCase()}</a>}
    </section>
  );
}
