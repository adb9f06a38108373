/** A weight with its unit, and the other unit's where the meet wants both. */
import type { WeightWords } from "../scene/words.ts";

/** A weight. */
export function Weight({ weight: { text, unit, other } }: { readonly weight: WeightWords }) {
  return (
    <>
      <span class="number">{text}</span>
      <span class="unit"> {unit}</span>
      {other !== null && <span class="other"> {other}</span>}
    </>
  );
}
