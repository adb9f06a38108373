/** The loaded bar: one end of it with the plates of that side, in their colours. */
import type { BarScene } from "../scene/bar.ts";
import { lengthClass } from "./length.ts";
import { Weight } from "./weight.tsx";

/** The content of the panel. */
export function Bar({ scene: { name, lift, weight, plates, perSide } }: { readonly scene: BarScene }) {
  return (
    <>
      <div class="bar-words">
        <p class="lift-name">{lift}</p>
        <p class={`lifter-name${lengthClass(name)}`} key={name}>{name}</p>
        <p class="current-weight" key={weight.text}><Weight weight={weight} /></p>
        <p class="per-side" key={perSide}>
          {perSide === "" ? <span class="label">Bar and collars only</span> : <><span class="label">Each side</span> {perSide}</>}
        </p>
      </div>
      <div class="bar-drawing" aria-hidden="true">
        <span class="shaft" />
        <span class="shoulder" />
        <ol class="plates">
          {plates.map(({ key, text, color, size }) => (
            <li key={key} class={`plate${text.length > 2 ? " is-narrow" : ""}`} style={{ "--color": isColor(color) ? color : undefined, "--size": size }}>
              <span class="plate-weight">{text}</span>
            </li>
          ))}
        </ol>
        <span class="sleeve" />
      </div>
    </>
  );
}

/** A meet's colours are texts that anybody may have typed. */
function isColor(text: string): boolean {
  return CSS.supports("color", text);
}
