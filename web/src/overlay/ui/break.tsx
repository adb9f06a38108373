/** The break slide. */
import type { BreakScene } from "../scene/break.ts";
import { lengthClass } from "./length.ts";
import { Weight } from "./weight.tsx";

/** The content of the panel. */
export function Break({ scene: { title, about, next, over } }: { readonly scene: BreakScene }) {
  return (
    <>
      {title !== "" && <h2 class={`break-title${lengthClass(title)}`}>{title}</h2>}
      {about !== "" && <p class="break-about">{about}</p>}
      {over && <p class="break-over">The meet is over. Thank you for watching.</p>}
      {next !== null && (
        <div class="break-next">
          <p class="break-what" key={next.what}><span class="label">Next</span> {next.what}</p>
          <ol class="break-lifters">
            {next.lifters.map(({ id, name, weight }, at) => (
              <li key={`${at} ${id}`} class="break-lifter">
                <span class="next-name">{name}</span>
                <span class="next-weight"><Weight weight={{ ...weight, other: null }} /></span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </>
  );
}
