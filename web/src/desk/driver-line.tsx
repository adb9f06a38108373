/** Whether this desk says what overlays of a stage show, and how to have it so or not. */
import type { Driving } from "./driver.ts";

/** The line. */
export function Driver({ stage, driving }: { readonly stage: number; readonly driving: Driving }) {
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
