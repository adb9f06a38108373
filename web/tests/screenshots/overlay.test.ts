/** The pictures of docs/overlay.md: `npm run screenshots -w web -- overlay` takes them anew. They are compared with nothing. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { openBrowser } from "../rig.ts";
import { madeUp, onStage } from "../overlay/meet.ts";
import { behind, openOverlay, serve, show } from "../overlay/page.ts";

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));
const SMALL = { viewport: { width: 1280, height: 720 } };
const between = onStage(madeUp(), { flight: "B", lift: "squat", attempt: null, lifter: null });

const PICTURES = [
  ["lower-third", "dark", "bright", madeUp()],
  ["lower-third", "light", "dark", madeUp()],
  ["scoreboard", "stage", "dark", madeUp()],
  ["scoreboard", "light", "bright", madeUp()],
  ["bar", "plain", "bright", madeUp()],
  ["bar", "stage", "dark", madeUp()],
  ["break", "dark", "bright", between],
  ["break", "stage", "dark", between],
] as const;

test("each view over a bright and a dark picture", async () => {
  const [source, browser] = await Promise.all([serve(), openBrowser()]);
  try {
    for (const [view, theme, picture, tree] of PICTURES) {
      const page = await openOverlay(browser, source, `view=${view}&theme=${theme}`, { ...SMALL, reducedMotion: "reduce" });
      await behind(page, picture);
      await show(page, { tree });
      await page.waitForSelector(".panel");
      const taken = await page.screenshot({ path: `${folder}overlay-${view}-${picture}.png` });
      expect(taken.length).toBeGreaterThan(1000);
      await page.context().close();
    }
  } finally {
    await browser.close();
    await source.server.close();
  }
});
