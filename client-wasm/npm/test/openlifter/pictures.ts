/**
 * The pictures of docs/openlifter.md: `npm run screenshots -w scorelay` takes them anew, of the app that stands in for
 * OpenLifter, with the user script and a real core. They are compared with nothing.
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Server } from "../server.js";
import { APP, browser, bundled, serve, Window } from "./stage.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPT = join(HERE, "../../src/openlifter/userscript.ts");
const DOCS = join(HERE, "../../../../docs/screenshots");
const SIZE = { width: 960, height: 720 };
const PASSWORD = "ten or more";
/** Makes the app look like an app: it has no style of its own. */
const STYLE = `
  body { margin: 0; padding: 16px 20px; font: 15px system-ui, sans-serif; color: #1c2127; background: #f6f7f9; }
  nav { display: flex; gap: 16px; padding-bottom: 12px; border-bottom: 1px solid #ccd3da; text-transform: capitalize; }
  table { border-collapse: collapse; background: #fff; margin-bottom: 12px; }
  td { padding: 6px 12px; border: 1px solid #ccd3da; }
  main input { width: 64px; font: inherit; padding: 4px 6px; }
  main button, main select { font: inherit; margin-right: 8px; }`;
const LIFTERS = ["Ada Brandt", "Mara Lindqvist", "Ines Falk", "Petra Novák", "Greta Holm"];

async function take({ page }: Window, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  const picture = await page.screenshot({ path: join(DOCS, `openlifter-${name}.png`) });
  expect(picture.length).toBeGreaterThan(1000);
}

test("the panel, from an app for itself to one in a meet with an overruled change", async () => {
  const core = await Server.started();
  const files = await serve({ "/": [await bundled(SCRIPT), await bundled(APP)] });
  const chrome = await browser();
  const laptop = async (): Promise<Window> => {
    const context = await chrome.context();
    const window = await Window.open(context, `${files.origin}/`);
    await window.page.setViewportSize(SIZE);
    await window.page.addStyleTag({ content: STYLE });
    await window.go("lifting");
    await window.pill("Not live");
    return window;
  };
  try {
    const [platform, warmUp] = [await laptop(), await laptop()];
    const entries = LIFTERS.map((name, at) => ({ type: "NEW_REGISTRATION", overwriteDefaults: { name, squatKg: [100 + 5 * at, 0, 0, 0, 0] } }));
    await platform.dispatch({ type: "SET_MEET_NAME", name: "Autumn Open 2026" }, ...entries);
    await take(platform, "pill");

    await platform.form("Go live", { url: core.url, password: PASSWORD });
    await platform.pill(/^Live$/);
    const meet = (await platform.page.textContent("scorelay-panel .id"))!;
    await warmUp.openPanel();
    const join = { url: "https://live.example.org", meet, location: "Warm-up", password: PASSWORD };
    for (const [name, value] of Object.entries(join)) {
      await warmUp.page.locator(`scorelay-panel form [name="${name}"]`).first().fill(value);
    }
    await take(warmUp, "join");
    await warmUp.form("Join", { ...join, url: core.url });
    await warmUp.pill(/^Live$/);
    await warmUp.shows("registration.entries.length", LIFTERS.length);
    await platform.page.click("scorelay-panel button:text-is('Run platform 1')");
    await platform.page.locator("scorelay-panel button:text-is('Stop')").waitFor();
    await platform.pill(/^Live$/);
    await take(platform, "live");

    await core.kill();
    await Promise.all([platform.pill(/^Offline/), warmUp.pill(/^Offline/)]);
    await warmUp.closePanel();
    const enter = async (window: Window, box: string, kg: string): Promise<void> => {
      await window.box(box).fill(kg);
      await window.box(box).press("Enter");
    };
    await enter(platform, "Ada Brandt S2", "110");
    await enter(warmUp, "Ada Brandt S2", "120");
    await enter(warmUp, "Petra Novák S2", "122.5");
    await warmUp.pill("Offline · 2 changes waiting");
    await warmUp.openPanel();
    await take(warmUp, "offline");

    await core.start();
    await warmUp.pill("Live · 1 to look at");
    await warmUp.shows("registration.entries.0.squatKg", [100, 110, 0, 0, 0]);
    await take(warmUp, "overruled");
    expect([...platform.errors, ...warmUp.errors]).toEqual([]);
  } finally {
    await chrome.close();
    files.close();
    await core.remove();
  }
});
