/** Whether this desk says what overlays of a stage show, and how to have it so or not. */
import { useLocked } from "./desk-context.ts";
import type { Driving } from "./driver.ts";

/** The line; none where nothing can be changed. */
export function Driver({ stage, driving }: { readonly stage: number; readonly driving: Driving }) {
  if (useLocked()) return null;
  const words = driving.drives ? `Overlays of stage ${stage} follow this desk.` : `Overlays of stage ${stage} do not follow this desk. ${driving.refused ?? ""}`;
  return (
    <div class={`driver ${driving.drives ? "drives" : ""}`}>
      <span role="status">{words}</span>
      {driving.drives
        ? <button type="button" class="small" onClick={driving.leave}>Give up stage {stage}</button>
        : <button type="button" class="small" onClick={driving.takeOver}>Take over stage {stage}</button>}
    </div>
  );
}
