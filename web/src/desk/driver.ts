/**
 * Drives a stage: claims it when the desk is live and nobody else has it, and sets what goes on there, so that overlays
 * follow what the desk does. Only desks at the location that outranks all others claim by themselves, so that no laptop at
 * the weigh-in that looks at the lifting takes the stage. Else, and where another desk has it, people decide.
 */
import { useEffect, useState } from "preact/hooks";

import type { Stage } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { stagePath } from "./paths.ts";
import { useStore } from "./store.ts";
import { errorCode, errorWords } from "./words.ts";

/** What a desk has to do with a stage. */
export interface Driving {
  readonly drives: boolean;
  /** Why it does not, if that was tried. */
  readonly refused: string | null;
  readonly takeOver: () => void;
  /** Lets others have it. */
  readonly leave: () => void;
}

/** Drives a stage with this on it, while the component is there. */
export function useDriver(stage: number, shown: Stage): Driving {
  const { meet, tree, say } = useDesk();
  const mine = useStore(meet.drives).includes(stage);
  const { kind, finished } = useStore(meet.state);
  const [refused, setRefused] = useState<{ readonly stage: number; readonly words: string } | null>(null);
  // Who gave a stage up does not claim it again by itself.
  const [left, setLeft] = useState<number | null>(null);
  const locations = useStore(meet.locations);
  const own = locations.find(({ name }) => name === meet.location)?.priority ?? 0;
  const ready = kind === "live" && !finished && locations.every(({ priority }) => priority <= own);
  const tried = refused?.stage === stage || left === stage;

  const claim = (how: "claim" | "take-over", signal?: AbortSignal) =>
    meet.drive(stage, how, signal === undefined ? {} : { signal }).then(
      () => setRefused(null),
      (error: unknown) => {
        if (signal?.aborted === true) return;
        setRefused({ stage, words: errorCode(error) === "stage-taken" ? "Another desk drives it." : errorWords(error) });
      });
  useEffect(() => {
    if (!ready || mine || tried) return;
    const ended = new AbortController();
    void claim("claim", ended.signal);
    return () => ended.abort();
  }, [meet, stage, ready, mine, tried]);

  const path = stagePath(stage);
  const now = tree.live[stage];
  const same = now !== undefined && now.flight === shown.flight && now.lift === shown.lift && now.attempt === shown.attempt && now.lifter === shown.lifter;
  useEffect(() => {
    if (!mine || same || finished || kind === "closed" || kind === "elsewhere") return;
    try {
      meet.set(path, shown);
    } catch (error) {
      say(errorWords(error));
    }
  }, [meet, mine, same, path, shown, kind, finished]);

  return {
    drives: mine,
    refused: mine ? null : refused?.stage === stage ? refused.words : null,
    takeOver: () => {
      setLeft(null);
      void claim("take-over");
    },
    leave: () => {
      setLeft(stage);
      meet.drive(stage, "leave").catch((error: unknown) => say(errorWords(error)));
    },
  };
}
