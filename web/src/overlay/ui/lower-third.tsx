/** The lower third. Parts that are about somebody else now are new elements, which fade in; the rest stays where it is. */
import type { LowerThird } from "../scene/lower-third.ts";
import { Attempts } from "./attempts.tsx";
import { lengthClass } from "./length.ts";
import { Weight } from "./weight.tsx";

/** The content of the panel. */
export function LowerThirdView({ scene }: { readonly scene: LowerThird }) {
  const { id, name, origin, weightClass, division, lift, tiles, weight, standing, next } = scene;
  return (
    <>
      <div class="lifter" key={`lifter ${id}`}>
        <p class={`lifter-name${lengthClass(name)}`}>{name}</p>
        <p class="lifter-about">
          {origin !== "" && <span class="lifter-from">{origin}</span>}
          {weightClass !== "" && <span class="lifter-class">{weightClass}</span>}
          {division !== "" && <span class="lifter-division">{division}</span>}
        </p>
      </div>
      <div class="lift" key={`lift ${id} ${lift}`}>
        <p class="lift-name">{lift}</p>
        <Attempts tiles={tiles} />
      </div>
      <p class="current-weight" key={`weight ${id} ${weight?.text}`}>{weight !== null && <Weight weight={weight} />}</p>
      <div class="more">
        <p class="standing" key={`standing ${id} ${standing?.conditional} ${standing?.weight.text}`}>
          {standing !== null && (
            <>
              <span class="label">{standing.conditional ? `If good: ${standing.label.toLowerCase()}` : standing.label}</span>{" "}
              <span class="total"><Weight weight={{ ...standing.weight, other: null }} /></span>
              {standing.place !== null && <span class="place">{standing.place}</span>}
            </>
          )}
        </p>
        <p class="next" key={`next ${next?.id} ${next?.weight.text}`}>
          {next !== null && (
            <>
              <span class="label">Next</span> <span class="next-name">{next.name}</span>{" "}
              <span class="next-weight"><Weight weight={{ ...next.weight, other: null }} /></span>
            </>
          )}
        </p>
      </div>
    </>
  );
}
