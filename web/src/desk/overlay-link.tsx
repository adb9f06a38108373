/** Links for overlays: which stage they follow, what they show, how they look. Whoever has a link sees the public part. */
import { useState } from "preact/hooks";

import type { DisplayLink } from "../meet/index.ts";
import { THEMES, VIEWS, writeOverlayAddress } from "../overlay/address.ts";
import type { OverlayTheme, OverlayView } from "../overlay/address.ts";
import { Copy } from "./copy.tsx";
import { useDesk } from "./desk-context.ts";
import { Choice } from "./field.tsx";
import { Qr } from "./qr.tsx";
import { useTask } from "./start.tsx";

const VIEW_NAMES: Readonly<Record<OverlayView, string>> = { "lower-third": "Lower third", scoreboard: "Scoreboard", bar: "Bar loading", break: "Break slide" };

/** The settings, with the link they make. */
export function OverlayLink() {
  const { meet, tree, locked } = useDesk();
  const [link, setLink] = useState<DisplayLink | null>(null);
  const [stage, setStage] = useState("1");
  const [view, setView] = useState<OverlayView>("lower-third");
  const [theme, setTheme] = useState<OverlayTheme>("dark");
  const { busy, wrong, run } = useTask();
  const stages = Math.max(1, ...(tree.meet.platformsOnDays ?? []), ...tree.entries.map(({ platform }) => platform ?? 1));
  const address = link === null ? null : `${location.origin}${writeOverlayAddress(link, { stage: Number(stage), view, theme })}`;
  return (
    <section class="card overlay-settings" aria-labelledby="overlay">
      <div>
        <h2 id="overlay">Overlay for the stream</h2>
        <p class="hint">A browser source of 1920 × 1080 for OBS. It follows what the desk that drives the stage does.</p>
        <div class="columns">
          <Choice label="Stage" value={stage} options={Array.from({ length: stages }, (_, at) => [String(at + 1), String(at + 1)] as const)} onChoose={setStage} />
          <Choice label="Shows" value={view} options={VIEWS.map((one) => [one, VIEW_NAMES[one]] as const)} onChoose={(value) => setView(VIEWS.find((one) => one === value) ?? VIEWS[0])} />
          <Choice label="Look" value={theme} options={THEMES.map((one) => [one, one[0]!.toUpperCase() + one.slice(1)] as const)} onChoose={(value) => setTheme(THEMES.find((one) => one === value) ?? THEMES[0])} />
        </div>
        {address === null
          ? <button type="button" class="main" disabled={busy || locked !== null} onClick={() => run(async () => setLink(await meet.displayLink()))}>{busy ? "Making a link…" : "Make a link"}</button>
          : (
            <>
              <input class="link" readOnly aria-label="Link of the overlay" value={address} onFocus={(event) => event.currentTarget.select()} />
              <div class="buttons"><Copy text={address} label="Copy this link" /><a class="button" href={address} target="_blank" rel="noreferrer">Open it</a></div>
              <p class="hint">Whoever has this link sees the public part of the meet until it is finished, or its session below is ended.</p>
            </>
          )}
        {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
      </div>
      {address !== null && <Qr text={address} label="QR code of the overlay" />}
    </section>
  );
}
