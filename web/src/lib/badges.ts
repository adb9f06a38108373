/** Badges as short words: what platforms call them is long, and a row has little room. */

const SHORT: ReadonlyMap<string, string> = new Map([
  ["broadcaster", "Host"], ["moderator", "Mod"], ["vip", "VIP"], ["partner", "Partner"], ["staff", "Staff"], ["admin", "Admin"],
  ["subscriber", "Sub"], ["founder", "Founder"], ["bot", "Bot"], ["verified", "Verified"], ["premium", "Prime"], ["artist-badge", "Artist"],
]);
/** Badges of a row. */
const MOST = 2;
/** Characters of a badge that nobody gave a short word. */
const LONGEST = 9;

/** One badge. */
export interface Chip {
  readonly short: string;
  /** What the platform calls it. */
  readonly whole: string;
}

/** The badges to be shown: the first few. */
export function chips(badges: readonly string[]): readonly Chip[] {
  return badges.slice(0, MOST).map((whole) => ({ short: SHORT.get(whole) ?? shortened(whole), whole }));
}

function shortened(badge: string): string {
  const words = badge.replace(/[-_]+/g, " ").trim();
  const cut = words.length > LONGEST ? `${words.slice(0, LONGEST - 1).trim()}…` : words;
  return cut.charAt(0).toUpperCase() + cut.slice(1);
}
