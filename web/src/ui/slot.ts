/**
 * The element of one rank on the screen. It stays where it is; who stands there is written into it, and only what differs.
 * Rows are drawn by hand and not by the component library because they are what changes twenty times a second: a change
 * of a score costs the change of one text. Who is written into which slot is decided in `row-list.ts`.
 */
import type { Profile, Row } from "scorelay";

import { chips } from "../lib/badges.ts";
import { saidOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { onPodium } from "../lib/geometry.ts";
import { drawAvatar } from "./avatar.tsx";

/** What is to be said of a row beside itself. */
export interface RowState {
  /** Ranks gained, and since when. */
  readonly gained: number;
  readonly since: "lately" | "export";
  /** What is known of who stands there. */
  readonly profile: Profile | null;
  readonly pinned: boolean;
  readonly active: boolean;
  readonly marked: boolean;
  /** Width of the column of names in px. */
  readonly room: number;
}

/** Id of the element of a rank, for `aria-activedescendant`. */
export function rowId(rank: number): string {
  return `rank-${rank}`;
}

/** Px that a character of a name and one of a platform take at most, usually; and what lies between and around them. */
const NAME_CHARACTER = 10.5;
const PLATFORM_CHARACTER = 8;
const BADGE_CHARACTER = 9;
const BADGE_AROUND = 20;
const AROUND = 68;

const TEMPLATE = `<span role="gridcell" class="rank"></span><span role="gridcell" class="moved"></span>
<span role="gridcell" class="who"><i class="avatar" aria-hidden="true"></i><span class="name"></span> <span class="badges"></span><span class="platform"></span></span>
<span role="gridcell" class="score"></span><span role="gridcell" class="act"><button type="button" class="pin" tabindex="-1"></button></span>`;

/** One rank's element. */
export class Slot {
  readonly element: HTMLDivElement;
  /** 1-based; 0 before the first `place`. */
  rank = 0;
  /** Who is written in; `null` for nobody. */
  entity: string | null = null;
  #row: Row | null = null;
  #profile: Profile | null = null;
  #y = Number.NaN;
  #drawn = "";
  #gained = 0;
  #score = "";
  #width = 0;
  #glide: Animation | null = null;
  #by = 0;
  readonly #rank: HTMLElement;
  readonly #moved: HTMLElement;
  readonly #avatar: HTMLElement;
  readonly #name: HTMLElement;
  readonly #badges: HTMLElement;
  readonly #platform: HTMLElement;
  readonly #figure: HTMLElement;
  readonly #pin: HTMLElement;

  constructor() {
    this.element = document.createElement("div");
    this.element.setAttribute("role", "row");
    this.element.innerHTML = TEMPLATE;
    const part = (name: string) => this.element.querySelector<HTMLElement>(`.${name}`)!;
    this.#rank = part("rank");
    this.#moved = part("moved");
    this.#avatar = part("avatar");
    this.#name = part("name");
    this.#badges = part("badges");
    this.#platform = part("platform");
    this.#figure = part("score");
    this.#pin = part("pin");
  }

  /** Makes it the element of a rank, `y` px from the origin, with nobody in it if it was another's. */
  place(rank: number, y: number): void {
    if (this.#y !== y) this.element.style.top = `${y}px`;
    this.#y = y;
    if (this.rank === rank) return;
    this.rank = rank;
    this.element.id = rowId(rank);
    this.element.setAttribute("aria-rowindex", String(rank + 1));
    this.#rank.textContent = format.count(rank);
    this.stop();
    this.#row = null;
    this.entity = null;
    this.#drawn = "";
  }

  /** Writes a row into it, and says whether it is another than before: then its figure is to be written by `showScore`. */
  show(row: Row, state: RowState): boolean {
    const another = this.#row !== row;
    if (another) this.#write(row);
    if (this.entity !== row.entity || this.#profile !== state.profile) this.#writeWho(row.entity, state.profile);
    if (this.#gained !== state.gained) this.#showMovement(state.gained, state.since);
    this.#dress(state, false);
    return another;
  }

  /** Says that a row is on its way. */
  wait(active: boolean): void {
    if (this.#row !== null || this.#drawn === "") {
      this.#row = null;
      this.entity = null;
      const { dataset } = this.element;
      delete dataset["rank"];
      delete dataset["entity"];
      delete dataset["score"];
      delete dataset["kind"];
      dataset["waiting"] = String(this.rank);
      this.element.setAttribute("aria-busy", "true");
      this.#profile = null;
      this.#name.textContent = this.#platform.textContent = "";
      this.#badges.replaceChildren();
      this.#avatar.replaceChildren();
      this.#avatar.dataset["sign"] = "";
      this.#showMovement(0, "lately");
      this.showScore("");
    }
    this.#dress({ pinned: false, active, marked: false, room: Number.POSITIVE_INFINITY }, true);
  }

  /** Writes the figure to be read, which may lag behind the score while it counts up. */
  showScore(text: string): void {
    if (this.#score === text) return;
    this.#score = text;
    this.#figure.textContent = text;
  }

  /** How far it is away from its place at this moment, as `glide` had it. Asks the animation and not the layout, which would be dear. */
  away(): number {
    return this.#by * (1 - (this.#glide?.effect?.getComputedTiming().progress ?? 1));
  }

  /** Lets it glide to its place from `by` px below, on the podium from `by` % of its width to the right; `over` others. */
  glide(by: number, over: boolean): void {
    this.stop();
    this.element.style.zIndex = over ? "1" : "";
    const away = onPodium(this.rank) ? `translateX(${by}%)` : `translateY(${by}px)`;
    const from = [{ transform: away }, { transform: "none" }];
    const glide = this.element.animate(from, { duration: 360, easing: "cubic-bezier(0.22, 0.8, 0.24, 1)" });
    this.#by = by;
    glide.onfinish = () => (this.element.style.zIndex = "");
    this.#glide = glide;
  }

  /** Lets it appear. */
  fade(): void {
    this.stop();
    this.#glide = this.element.animate([{ opacity: 0.3 }, { opacity: 1 }], { duration: 420, easing: "ease-out" });
  }

  /** Ends all motion. */
  stop(): void {
    if (this.#glide === null) return;
    this.#glide.cancel();
    this.#glide = null;
    this.#by = 0;
    this.element.style.zIndex = "";
  }

  #write(row: Row): void {
    const { dataset } = this.element;
    if (this.#row === null) {
      dataset["rank"] = String(row.rank);
      delete dataset["waiting"];
      this.element.removeAttribute("aria-busy");
    }
    dataset["score"] = String(row.score);
    this.#row = row;
  }

  #writeWho(entity: string, profile: Profile | null): void {
    const { dataset } = this.element;
    if (this.entity !== entity) this.stop();
    this.entity = entity;
    this.#profile = profile;
    dataset["entity"] = entity;
    const { name, origin, kind } = saidOf(entity);
    const shown = profile?.name || name;
    const badges = chips(profile?.badges ?? []);
    this.#name.textContent = shown;
    this.#platform.textContent = origin;
    this.#badges.replaceChildren(...badges.map(({ short, whole }) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.textContent = short;
      chip.title = whole;
      return chip;
    }));
    const ofBadges = badges.reduce((sum, { short }) => sum + short.length * BADGE_CHARACTER + BADGE_AROUND, 0);
    this.#width = shown.length * NAME_CHARACTER + origin.length * PLATFORM_CHARACTER + ofBadges + AROUND;
    if (kind === null) delete dataset["kind"];
    else dataset["kind"] = kind;
    drawAvatar(this.#avatar, entity, profile);
    this.#pin.dataset["pin"] = entity;
    this.#drawn = "";
  }

  #showMovement(gained: number, since: RowState["since"]): void {
    this.#gained = gained;
    const ranks = format.count(Math.abs(gained));
    this.#moved.className = gained === 0 ? "moved" : gained > 0 ? "moved up" : "moved down";
    this.#moved.textContent = gained === 0 ? "" : gained > 0 ? `▲${ranks}` : `▼${ranks}`;
    if (gained === 0) this.#moved.removeAttribute("aria-label");
    else this.#moved.setAttribute("aria-label", `${gained > 0 ? "up" : "down"} ${ranks}${since === "export" ? " since the last export" : ""}`);
  }

  #dress({ pinned, active, marked, room }: Pick<RowState, "pinned" | "active" | "marked" | "room">, waiting: boolean): void {
    let classes = "row";
    if (this.#width > room) classes += " long";
    if (onPodium(this.rank)) classes += ` head place-${this.rank}`;
    if (waiting) classes += " waiting";
    if (pinned) classes += " mine";
    if (active) classes += " active";
    if (marked) classes += " marked";
    if (classes === this.#drawn) return;
    this.#drawn = classes;
    this.element.className = classes;
    this.element.setAttribute("aria-selected", String(active));
    const name = this.#name.textContent;
    this.#pin.setAttribute("aria-pressed", String(pinned));
    this.#pin.setAttribute("aria-label", pinned ? `Unpin ${name}` : `Pin ${name}`);
    this.#pin.title = pinned ? "Unpin" : "Pin";
  }
}
