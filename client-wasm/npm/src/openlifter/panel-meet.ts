/** What the panel shows of the meet the app is in: its id and links, the platform, and changes that do not stand. */

import type { Meet, Overruled } from "../meet-types.js";
import { pathInWords, valueInWords } from "./describe.js";
import { button, el, field, valuesOf } from "./dom.js";
import type { Held } from "./held.js";
import type { Live } from "./live.js";
import { publishForm } from "./panel-publish.js";
import { stateInWords } from "./panel-words.js";

const WHY: { readonly [why in Overruled["why"]]: string } = {
  overruled: "another laptop's stands",
  late: "the meet was finished",
  "no-such-entry": "there is no such lifter",
  "entry-exists": "there is such a lifter already",
  "not-your-block": "the lifter's number is another laptop's",
  "not-driver": "another laptop runs the platform",
};

export class MeetPart {
  readonly element: HTMLElement;
  readonly #live: Live;
  readonly #meet: Meet;
  readonly #stops: Array<() => void>;
  readonly #state = el("p");
  readonly #keeping = el("p", { class: "notice" });
  readonly #again: HTMLElement;
  readonly #elsewhere: HTMLElement;
  readonly #closed: HTMLElement;
  readonly #stage = el("div", { class: "row" });
  readonly #stageWords = el("p", { class: "quiet" });
  readonly #link = el("p", { class: "link" });
  readonly #lost = el("div");
  readonly #leave = el("div", { class: "row" });
  #shown: ReadonlyArray<unknown> = [];

  /** `redraw` draws the whole panel. */
  constructor(live: Live, meet: Meet, redraw: () => void) {
    this.#live = live;
    this.#meet = meet;
    this.#again = this.#againForm();
    this.#elsewhere = el("div", { class: "row" }, button("Take over here", () => void live.attempt(() => meet.takeOver()), true));
    this.#closed = el("div", { class: "row" }, button("Open it again", () => void live.reopen(), true));
    const copy = (text: string) => (): void => void live.attempt(() => navigator.clipboard.writeText(text));
    this.element = el(
      "div",
      {},
      el("h2", { textContent: "Live meet" }),
      this.#state,
      this.#keeping,
      this.#again,
      this.#elsewhere,
      this.#closed,
      this.#lost,
      el("div", { class: "id", textContent: meet.id }),
      el("p", { class: "quiet", textContent: `This laptop stands at ${meet.location}. Others join with the id and the password.` }),
      el("div", { class: "row" }, button("Copy id", copy(meet.id)), button("Make an overlay link", () => void this.#makeLink())),
      this.#link,
      el("h3", { textContent: "Platform" }),
      this.#stageWords,
      this.#stage,
      publishForm(live, meet),
      el("h3", { textContent: "Leave" }),
      this.#leave,
    );
    const stores = [meet.state, meet.pending, meet.overruled, meet.keeping, meet.drives];
    this.#stops = stores.map((store) => store.subscribe(redraw));
  }

  stop(): void {
    this.#stops.forEach((stop) => stop());
  }

  draw(): void {
    const { kind } = this.#meet.state.getSnapshot();
    const { warning } = this.#meet.keeping.getSnapshot();
    this.#state.textContent = stateInWords(this.#live).long;
    this.#keeping.hidden = warning === null;
    this.#keeping.textContent = warning;
    this.#again.hidden = kind !== "logged-out";
    this.#elsewhere.hidden = kind !== "elsewhere";
    this.#closed.hidden = kind !== "closed";
    // What has not changed stays, and with it the focus.
    const platform = this.#live.platform();
    const held = this.#live.sync?.held.list() ?? [];
    const shown = [this.#meet.drives.getSnapshot(), this.#meet.overruled.getSnapshot(), held, platform, kind];
    if (shown.some((part, index) => part !== this.#shown[index])) {
      this.#shown = shown;
      this.#drawStage(platform);
      this.#drawLost(held);
      this.#drawLeave(kind === "live");
    }
  }

  #drawStage(platform: number): void {
    const drives = this.#meet.drives.getSnapshot().includes(platform);
    const drive = (claim: "claim" | "take-over" | "leave") => (): void =>
      void this.#live.attempt(() => this.#meet.drive(platform, claim)).then(() => this.#live.noticed());
    this.#stageWords.textContent = drives
      ? `Overlays follow platform ${platform} as it is set on the lifting page here.`
      : `Overlays of platform ${platform} do not follow this laptop.`;
    const buttons = drives
      ? [button("Stop", drive("leave"))]
      : [button(`Run platform ${platform}`, drive("claim")), button("Take it over", drive("take-over"))];
    this.#stage.replaceChildren(...buttons);
  }

  #drawLost(held: ReadonlyArray<Held>): void {
    const overruled = this.#meet.overruled.getSnapshot();
    const items = [...overruled.map((one) => this.#overruled(one)), ...held.map((one) => this.#held(one))];
    this.#lost.replaceChildren(
      ...(items.length === 0 ? [] : [el("h3", { textContent: "Changes that do not stand" }), el("ul", {}, ...items)]),
    );
  }

  #overruled({ line, path, mine, stands, why, location }: Overruled): HTMLElement {
    const by = location !== null && why === "overruled" ? `set at ${location}` : WHY[why];
    return el(
      "li",
      {},
      el("strong", { textContent: pathInWords(path, this.#meet.getSnapshot()) }),
      el("div", {}, "Yours: ", el("s", { textContent: valueInWords(mine, path) })),
      el("div", {}, `Stands: ${valueInWords(stands, path)}, ${by}`),
      el("div", { class: "row" }, button("Use mine again", () => this.#meet.useMineAgain(line)), button("Dismiss", () => this.#meet.dismiss(line))),
    );
  }

  #held({ path, mine, message, shown }: Held): HTMLElement {
    const release = (): void => {
      this.#live.sync?.release(path);
      this.draw();
    };
    const useMine = (): void => {
      release();
      void this.#live.attempt(async () => this.#meet.set(path, mine));
    };
    return el(
      "li",
      {},
      el("strong", { textContent: pathInWords(path, this.#meet.getSnapshot()) }),
      el("div", {}, `Yours: ${valueInWords(mine, path)}. ${message.replaceAll(path, "This")}`),
      el("div", { class: "row" }, shown ? button("Give it up", release) : button("Use mine again", useMine), !shown && button("Dismiss", release)),
    );
  }

  #drawLeave(connected: boolean): void {
    this.#leave.replaceChildren(
      connected
        ? button("Leave the meet", () => this.#confirmed("Leave the meet on this laptop?") && void this.#live.leave())
        : button("Close it here", () => this.#confirmed("Close the meet here? What waits is kept in this browser until it joins again.") && this.#live.close()),
    );
  }

  #confirmed(question: string): boolean {
    const { count } = this.#meet.pending.getSnapshot();
    return confirm(count === 0 ? question : `${question} ${count} changes are waiting.`);
  }

  #againForm(): HTMLElement {
    const form = el("form", {}, field("Password", { name: "password", type: "password" }), el("button", { class: "main", textContent: "Join again" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#live.attempt(() => this.#meet.join({ password: valuesOf(form)["password"] ?? "" }));
    });
    return form;
  }

  async #makeLink(): Promise<void> {
    await this.#live.attempt(async () => {
      const { meet, token } = await this.#meet.displayLink();
      const query = `meet=${meet.replaceAll("-", "")}&stage=${this.#live.platform()}`;
      const link = `${this.#live.pages()}/overlay?${query}#${token}`;
      this.#link.replaceChildren(link);
      await navigator.clipboard?.writeText(link).catch(() => {});
    });
  }
}
