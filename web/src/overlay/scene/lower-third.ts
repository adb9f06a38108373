/** What the lower third says: who is on the platform, with which attempts, for what total, and who is next. */
import { attemptOf, attemptsOf } from "../../meet/attempts.ts";
import { liftingOrder } from "../../meet/order.ts";
import { LIFT_NAMES } from "../../meet/types.ts";
import type { MeetEntry, MeetTree } from "../../meet/types.ts";
import { shownAttempts, tilesOf } from "./attempts.ts";
import type { Tile } from "./attempts.ts";
import { entryOf } from "./shown.ts";
import type { Shown, Turn } from "./shown.ts";
import { isOpenFor, standingOf } from "./standing.ts";
import { classWords, nameOf, ordinal, originOf, weightOf } from "./words.ts";
import type { WeightWords } from "./words.ts";

/** Total and place. */
export interface StandingWords {
  /** Whether it is so only if the attempt is good. */
  readonly conditional: boolean;
  readonly label: "Total" | "Subtotal";
  readonly weight: WeightWords;
  /** Like `2nd`; `null` where there is no place yet. */
  readonly place: string | null;
}

/** Who is next, and with what. */
export interface NextWords {
  readonly id: number;
  readonly name: string;
  readonly weight: WeightWords;
}

/** A lower third. */
export interface LowerThird {
  readonly id: number;
  readonly name: string;
  /** Team, or state and country; may be empty. */
  readonly origin: string;
  /** Sex and class; may be empty. */
  readonly weightClass: string;
  readonly division: string;
  readonly lift: string;
  readonly tiles: readonly Tile[];
  /** What is on the bar; `null` where no weight is known. */
  readonly weight: WeightWords | null;
  readonly standing: StandingWords | null;
  readonly next: NextWords | null;
}

/** The lower third; `null` while nobody is on the platform, and after the meet. */
export function lowerThird({ tree, turn, finished }: Shown): LowerThird | null {
  const entry = turn === null ? null : entryOf(tree, turn.lifter);
  if (turn === null || entry === null || finished) return null;
  const { meet } = tree;
  const { lift, attempt } = turn;
  const { kg } = attemptOf(entry, lift, attempt);
  const attempts = shownAttempts([entry], lift);
  return {
    id: entry.id,
    name: nameOf(entry),
    origin: originOf(entry),
    weightClass: classWords(meet, entry),
    division: entry.divisions?.[0] ?? "",
    lift: LIFT_NAMES[lift],
    tiles: tilesOf(meet, entry, lift, attempts.includes(attempt) ? attempts : [...attempts, attempt], attempt),
    weight: kg > 0 ? weightOf(kg, meet) : null,
    standing: standingWords(tree, entry, turn),
    next: nextWords(tree, entry, turn),
  };
}

function standingWords(tree: MeetTree, entry: MeetEntry, { lift, attempt }: Turn): StandingWords | null {
  const attempted = { entry, lift, attempt };
  const standing = standingOf(tree, attempted);
  if (standing === null) return null;
  return {
    conditional: isOpenFor(attempted),
    label: standing.whole ? "Total" : "Subtotal",
    weight: weightOf(standing.kg, tree.meet),
    place: standing.place === null ? null : ordinal(standing.place),
  };
}

function nextWords(tree: MeetTree, lifter: MeetEntry, { flight, lift, attempt }: Turn): NextWords | null {
  const group = { day: lifter.day ?? 1, platform: lifter.platform ?? 1, flight, lift };
  const { turns } = liftingOrder(tree.entries, group, attemptsOf(tree.meet));
  const next = turns.find((turn) => turn.entry.id !== lifter.id || turn.attempt !== attempt);
  if (next === undefined) return null;
  const { kg } = attemptOf(next.entry, lift, next.attempt);
  return { id: next.entry.id, name: nameOf(next.entry), weight: weightOf(kg, tree.meet) };
}
