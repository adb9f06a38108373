/** An overlay: the view that the address names, of what a stage shows. Where there is nothing to show, nothing is drawn. */
import { useMemo } from "preact/hooks";
import { useSyncExternalStore } from "preact/compat";

import type { DisplaySnapshot } from "../../meet/types.ts";
import type { OverlayChoice } from "../address.ts";
import { barScene } from "../scene/bar.ts";
import { breakScene } from "../scene/break.ts";
import { lowerThird } from "../scene/lower-third.ts";
import { scoreboard } from "../scene/scoreboard.ts";
import { shownOf } from "../scene/shown.ts";
import type { Shown, Source } from "../scene/shown.ts";
import { Appear } from "./appear.tsx";
import { Bar } from "./bar.tsx";
import { Break } from "./break.tsx";
import { LowerThirdView } from "./lower-third.tsx";
import { ScoreboardView } from "./scoreboard.tsx";

/** What an overlay needs. */
export interface OverlayProps {
  readonly display: Source<DisplaySnapshot>;
  readonly choice: OverlayChoice;
}

/** The whole page. */
export function Overlay({ display, choice }: OverlayProps) {
  const { stage, hold, view, theme } = choice;
  const source = useMemo(() => shownOf(display, stage, hold * 1000), [display, stage, hold]);
  const shown = useSyncExternalStore(source.subscribe, source.getSnapshot);
  return (
    <div class={`overlay theme-${theme} view-${view}`} data-stage={stage}>
      <h1 class="spoken">Overlay</h1>
      {shown !== null && <View shown={shown} choice={choice} />}
    </div>
  );
}

function View({ shown, choice: { view, stage } }: { readonly shown: Shown; readonly choice: OverlayChoice }) {
  switch (view) {
    case "lower-third":
      return <Appear name="lower-third" scene={lowerThird(shown)}>{(scene) => <LowerThirdView scene={scene} />}</Appear>;
    case "scoreboard":
      return <Appear name="scoreboard" scene={scoreboard(shown, stage)}>{(scene) => <ScoreboardView scene={scene} />}</Appear>;
    case "bar":
      return <Appear name="bar" scene={barScene(shown, stage)}>{(scene) => <Bar scene={scene} />}</Appear>;
    case "break":
      return <Appear name="break" scene={breakScene(shown, stage)}>{(scene) => <Break scene={scene} />}</Appear>;
  }
}
