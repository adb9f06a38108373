/** Who has a name that begins like what is being written: asked for once nothing was written for a moment. */
import { useEffect, useState } from "preact/hooks";

import { NOBODY, searchNames } from "../lib/names.ts";
import type { FoundNames } from "../lib/names.ts";

/** Milliseconds without a key before a name is searched for. */
const QUIET = 200;

/** What came of it. */
export interface Names extends FoundNames {
  /** The name that this is about; `null` before the first answer, and where nothing is searched for. */
  readonly name: string | null;
  /** Whether there was no answer. */
  readonly failed: boolean;
}

const NONE: Names = { ...NOBODY, name: null, failed: false };

/** The names on a board; nothing is asked with `null`. */
export function useNames(board: string, name: string | null): Names {
  const [names, setNames] = useState(NONE);
  useEffect(() => {
    if (name === null) {
      setNames(NONE);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      searchNames(board, name, abort.signal).then(
        (found) => setNames({ ...found, name, failed: false }),
        () => {
          if (!abort.signal.aborted) setNames({ ...NOBODY, name, failed: true });
        },
      );
    }, QUIET);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [board, name]);
  return names;
}
