/** The address of a desk, `/desk?meet=123456789#lifting`: which meet it is of, and which part is shown. */

/** The parts of the desk, the first is shown where none is named. */
export const PARTS = ["lifting", "weigh-in", "entries", "results", "meet", "share"] as const;
/** One of `PARTS`. */
export type Part = (typeof PARTS)[number];

/** What an address names; what is malformed in it is passed over. */
export function readDeskAddress(search: string): { readonly meet: string | null } {
  const digits = (new URLSearchParams(search).get("meet") ?? "").replace(/[\s.-]/g, "");
  return { meet: /^\d{9}$/.test(digits) ? showMeetId(digits) : null };
}

/** The part that a fragment names. */
export function readPart(hash: string): Part {
  return PARTS.find((part) => `#${part}` === hash) ?? PARTS[0];
}

/** The address of a meet's desk, with whatever else the present query says. */
export function writeDeskAddress(meet: string | null, search: string, hash: string): string {
  const query = new URLSearchParams(search);
  query.delete("meet");
  if (meet !== null) query.set("meet", meet.replace(/\D/g, ""));
  const text = query.toString();
  return `${location.pathname}${text === "" ? "" : `?${text}`}${hash}`;
}

/** `123-456-789`. */
export function showMeetId(id: string): string {
  return id.replace(/\D/g, "").replace(/(\d{3})(?=\d)/g, "$1-");
}
