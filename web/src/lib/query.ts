/** What somebody wrote into the search box: a rank, an entity or a name. What is done about it is in `ui/use-search.ts`. */
import { isEntity } from "./entity.ts";

/** A meaning of a text. */
export type Query =
  | { readonly kind: "nothing" }
  | { readonly kind: "rank"; readonly rank: number }
  | { readonly kind: "entity"; readonly entity: string }
  | { readonly kind: "name"; readonly name: string };

/** Reads what was written. `#500`, `500` and `1,000` are ranks; anything with a platform before it is an entity. */
export function readQuery(text: string): Query {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "#") return { kind: "nothing" };
  const rank = /^#?\s*(\d{1,3}(?:[ ,.'’]\d{3})+|\d+)$/.exec(trimmed);
  if (rank !== null) {
    const number = Number(rank[1]!.replace(/\D/g, ""));
    if (Number.isSafeInteger(number) && number > 0) return { kind: "rank", rank: number };
  }
  const entity = trimmed.replace(/^([\w-]+):\s*/, (_, platform: string) => `${platform.toLowerCase()}:`);
  if (isEntity(entity)) return { kind: "entity", entity };
  return { kind: "name", name: trimmed.replace(/^@/, "") };
}
