/** Search by name, answered by the relay over HTTP: case and accents do not matter, and the beginning of the name decides. */
import { relayAddress } from "./relay.ts";

/** Longest name that can be searched for, in characters. */
export const NAME_CHARACTERS = 64;

/** Somebody who was found, as of the answer. */
export interface Found {
  readonly rank: number;
  readonly entity: string;
  readonly score: number;
  readonly name: string;
}

/** Who was found, best rank first. */
export interface FoundNames {
  readonly rows: readonly Found[];
  /** Whether there are more than these. */
  readonly more: boolean;
}

/** Nobody. */
export const NOBODY: FoundNames = { rows: [], more: false };

/** What is said where there is no answer. */
export const UNKNOWN = "Names cannot be looked up just now. Try again in a moment.";

/** Who on a board has a name that begins so. Rejects where there is no answer. */
export async function searchNames(board: string, name: string, signal: AbortSignal): Promise<FoundNames> {
  const asked = [...name].slice(0, NAME_CHARACTERS).join("");
  const address = relayAddress(`/v1/boards/${encodeURIComponent(board)}/search?name=${encodeURIComponent(asked)}`);
  const answer = await fetch(address, { signal, credentials: "omit" });
  if (answer.ok) {
    const { rows, more } = (await answer.json()) as Partial<FoundNames>;
    return { rows: rows ?? [], more: more ?? false };
  }
  if (answer.status === 429 || answer.status === 503) throw new Error(UNKNOWN);
  return NOBODY;
}
