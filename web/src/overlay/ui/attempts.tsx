/** Tiles of attempts: the weight, and a sign besides the colour, since not everybody tells green from red. */
import type { Tile, TileState } from "../scene/attempts.ts";

const SIGNS: Readonly<Partial<Record<TileState, string>>> = {
  good: "M3 9.2 6.6 13 13.4 4.2",
  "no-lift": "M4 4 12.4 12.4M12.4 4 4 12.4",
};
const WORDS: Readonly<Record<TileState, string>> = {
  good: "good lift",
  "no-lift": "no lift",
  current: "now",
  declared: "declared",
  empty: "none",
};

/** The tiles of one lift, in order. */
export function Attempts({ tiles }: { readonly tiles: readonly Tile[] }) {
  return (
    <ol class="attempts">
      {tiles.map(({ attempt, text, state }) => (
        <li key={attempt} class={`attempt is-${state}`} data-attempt={attempt}>
          <span class="number">{text}</span>
          <Sign path={SIGNS[state]} />
          <span class="spoken"> {WORDS[state]}</span>
        </li>
      ))}
    </ol>
  );
}

function Sign({ path }: { readonly path: string | undefined }) {
  if (path === undefined) return null;
  return (
    <svg class="sign" viewBox="0 0 16.4 16.4" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
