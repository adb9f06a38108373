/**
 * The panel: a pill in the corner that tells the state of the connection, and a card with everything else, in a shadow
 * root of its own. Forms stand in `panel-forms.ts`, what is shown of a meet in `panel-meet.ts`.
 */

import type { Meet } from "../meet-types.js";
import { button, el } from "./dom.js";
import type { Live } from "./live.js";
import { formsOf } from "./panel-forms.js";
import { MeetPart } from "./panel-meet.js";
import { PANEL_STYLE } from "./panel-style.js";
import { stateInWords } from "./panel-words.js";

/** Puts the panel at the end of `parent`. */
export function mountPanel(live: Live, parent: HTMLElement, url: string | null): HTMLElement {
  const host = document.createElement("scorelay-panel");
  const root = host.attachShadow({ mode: "open" });
  const style = new CSSStyleSheet();
  style.replaceSync(PANEL_STYLE);
  root.adoptedStyleSheets = [style];
  // What is typed here is none of the app's keyboard shortcuts.
  ["keydown", "keyup", "keypress"].forEach((type) => host.addEventListener(type, (event) => event.stopPropagation()));

  const dot = el("span", { class: "dot" });
  const word = el("span", { role: "status" } as Partial<HTMLSpanElement>);
  const pill = el("button", { type: "button", class: "pill", onclick: () => open(card.hidden) }, dot, word);
  const error = el("p", { class: "notice", role: "alert" } as Partial<HTMLParagraphElement> & { class: string });
  const body = el("div");
  const card = el("section", { class: "card", hidden: true }, error, body);
  card.setAttribute("aria-label", "Live meet");
  card.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  root.append(card, pill);
  parent.append(host);

  function open(shown: boolean): void {
    card.hidden = !shown;
    pill.setAttribute("aria-expanded", String(shown));
    if (!shown && root.activeElement !== null) {
      pill.focus();
    }
  }

  let shows: Meet | "forms" | null = null;
  let part: MeetPart | null = null;
  const draw = (): void => {
    const state = live.state.getSnapshot();
    const words = stateInWords(live);
    word.textContent = words.short;
    dot.className = `dot ${words.dot}`;
    error.hidden = state.error === null;
    error.replaceChildren(state.error ?? "", " ", ...(state.error === null ? [] : [button("Dismiss", () => live.tell(null))]));
    if (state.error !== null) {
      open(true);
    }
    // Forms stay while something is under way, so that what was typed is still there if it fails.
    body.inert = state.kind === "loading" || state.kind === "entering";
    const wanted = state.meet ?? "forms";
    if (wanted !== shows) {
      shows = wanted;
      part?.stop();
      part = state.meet === null ? null : new MeetPart(live, state.meet, draw);
      body.replaceChildren(...(part === null ? formsOf(live, url) : [part.element]));
    }
    part?.draw();
  };
  open(false);
  live.state.subscribe(draw);
  draw();
  return host;
}
