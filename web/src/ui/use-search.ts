/** Carries out what somebody wrote into the search box, and says in words what came of it. */
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { useScorelay } from "scorelay/react";

import { isEntity } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { NOBODY, searchNames, UNKNOWN } from "../lib/names.ts";
import type { Found } from "../lib/names.ts";
import { readQuery } from "../lib/query.ts";

/** What a search needs of the page. */
export interface SearchContext {
  readonly board: string;
  readonly total: number;
  /** Platforms seen on the page, tried in turn for an id that is nobody's name. */
  readonly platforms: () => readonly string[];
  readonly onRank: (rank: number) => void;
  readonly onFound: (entity: string, rank: number) => void;
  /** Pins an entity; a sentence where that cannot be done. */
  readonly onPin: (entity: string) => string | null;
}

/** What to do with what is found. */
export type Intent = "go" | "pin";

/** The search, and its last words: `null` when there is nothing to say. */
export interface Search {
  readonly words: string | null;
  /** `chosen`: who was chosen among those found. */
  readonly run: (text: string, intent: Intent, chosen: Found | null) => void;
  readonly clear: () => void;
}

/** At most so many platforms are asked for a plain id. */
const PLATFORMS = 8;

/** Gives the search of a board. */
export function useSearch(context: SearchContext): Search {
  const client = useScorelay();
  const [words, setWords] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  const latest = useRef(context);
  latest.current = context;

  const run = useCallback((text: string, intent: Intent, chosen: Found | null) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    const say = (sentence: string | null) => {
      if (!abort.signal.aborted) setWords(sentence);
    };
    void search(text, intent).then(say, (error: unknown) => say(failure(error)));

    async function search(asked: string, what: Intent): Promise<string | null> {
      const { board, total, platforms, onRank, onFound, onPin } = latest.current;
      const query = chosen === null ? readQuery(asked) : { kind: "entity" as const, entity: chosen.entity };
      switch (query.kind) {
        case "nothing":
          return what === "pin" ? "Write who to pin, like twitch:123." : "Write a rank like #500, or who to find, like twitch:123.";
        case "rank":
          if (what === "pin") return "A rank cannot be pinned, only somebody: write platform:id, or use the pin on a row.";
          if (total === 0) return "Nobody is on this board yet.";
          onRank(Math.min(query.rank, total));
          return query.rank > total ? `This board ends at #${format.count(total)}.` : null;
        case "entity":
        case "name": {
          if (query.kind === "entity" && what === "pin") return onPin(query.entity);
          say("Searching…");
          // Without its core a relay knows no names, but still who stands where.
          let unknown = false;
          const none = () => {
            unknown = true;
            return NOBODY;
          };
          const { rows } = query.kind === "name" ? await searchNames(board, query.name, abort.signal).catch(none) : NOBODY;
          const named = rows.slice(0, 1).map(({ entity }) => entity);
          const ids = query.kind === "name" ? platforms().slice(0, PLATFORMS).map((of) => `${of}:${query.name}`) : [query.entity];
          const names = [...named, ...ids.filter(isEntity)];
          const found = await first(board, names, abort.signal);
          if (abort.signal.aborted) return null;
          if (found === null && unknown) return UNKNOWN;
          if (found === null) return nobody(query.kind === "entity" ? query.entity : query.name, ids);
          if (what === "pin") return onPin(found.entity);
          onFound(found.entity, found.rank);
          return null;
        }
      }
    }

    async function first(board: string, names: readonly string[], signal: AbortSignal) {
      const all = await Promise.all(names.map((name) => client!.board(board).find(name, { signal })));
      const at = all.findIndex((standing) => standing !== null);
      return at < 0 ? null : { entity: names[at]!, rank: all[at]!.rank };
    }
  }, [client]);

  const clear = useCallback(() => {
    running.current?.abort();
    setWords(null);
  }, []);
  return useMemo(() => ({ words, run, clear }), [words, run, clear]);
}

function nobody(asked: string, tried: readonly string[]): string {
  if (tried.length === 1 && tried[0] === asked) return `${asked} is not on this board.`;
  const names = tried.length === 0 ? "" : ` (tried ${tried.join(", ")})`;
  return `No “${asked}” on this board${names}.`;
}

function failure(error: unknown): string {
  const { message, retryable, code } = error as { message?: string; retryable?: boolean; code?: string };
  if (code === "bad-entity") return "That is no id. Write platform:id, like twitch:123.";
  const advice = retryable === true ? "Try again in a moment." : "Load the page again if this goes on.";
  return `The search failed: ${message ?? String(error)}. ${advice}`;
}
