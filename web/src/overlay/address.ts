/**
 * The address of an overlay, `/overlay?meet=123456789&stage=1&view=lower-third&theme=dark#TOKEN`: what the query may name,
 * and reading and writing it. The token is behind the `#`, so that it reaches no server's log.
 */
import type { DisplayLink } from "../meet/types.ts";

/** What an overlay can show. The first is shown where none is named. */
export const VIEWS = ["lower-third", "scoreboard", "bar", "break"] as const;
/** How it can look. The first is taken where none is named. */
export const THEMES = ["dark", "light", "stage", "plain"] as const;

/** One of `VIEWS`. */
export type OverlayView = (typeof VIEWS)[number];
/** One of `THEMES`. */
export type OverlayTheme = (typeof THEMES)[number];

/** What an overlay shows of a meet, and how. */
export interface OverlayChoice {
  /** The number of the stage to follow. */
  readonly stage: number;
  readonly view: OverlayView;
  readonly theme: OverlayTheme;
  /** For so many seconds a lifter stays in the lower third whose attempt was just decided. */
  readonly hold: number;
}

/** As long as it takes to read a result. */
export const HOLD = 4;
/** Nobody holds longer. */
const LONGEST_HOLD = 30;

/** What an address names. */
export interface OverlayAddress extends OverlayChoice {
  /** `null` where the address names no meet, or nobody who may see it. */
  readonly link: DisplayLink | null;
}

/** Reads an address. What is malformed in it is passed over. */
export function readOverlayAddress({ search, hash }: { readonly search: string; readonly hash: string }): OverlayAddress {
  const query = new URLSearchParams(search);
  const digits = (query.get("meet") ?? "").replace(/[\s.-]/g, "");
  const token = hash.replace(/^#/, "").trim();
  const stage = Number(query.get("stage"));
  const named = /^\d{9}$/.test(digits) && token !== "";
  return {
    link: named ? { meet: digits.replace(/(\d{3})(?=\d)/g, "$1-"), token } : null,
    stage: Number.isSafeInteger(stage) && stage > 0 ? stage : 1,
    view: VIEWS.find((view) => view === query.get("view")) ?? VIEWS[0],
    theme: THEMES.find((theme) => theme === query.get("theme")) ?? THEMES[0],
    hold: holdOf(query.get("hold")),
  };
}

/** Path, query and fragment of an overlay. What is not given is left out, and as usual. */
export function writeOverlayAddress({ meet, token }: DisplayLink, choice: Partial<OverlayChoice>): string {
  const named = ["stage", "view", "theme", "hold"] as const;
  const query = named.filter((name) => choice[name] !== undefined).map((name) => `&${name}=${choice[name]}`);
  return `/overlay?meet=${meet.replace(/\D/g, "")}${query.join("")}#${token}`;
}

function holdOf(text: string | null): number {
  const hold = text === null || text === "" ? HOLD : Number(text);
  return hold >= 0 && hold <= LONGEST_HOLD ? hold : HOLD;
}
