/** What all parts of the desk share: the meet, what is set of it, and the one way to change it. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Meet, MeetTree } from "../meet/index.ts";
import type { Changes } from "./undo.ts";

/** The desk as its parts see it. */
export interface Desk {
  readonly meet: Meet;
  readonly tree: MeetTree;
  /** Whether weights are shown and typed in kilograms. */
  readonly inKg: boolean;
  /** Why nothing can be changed, for people; `null` where things can. */
  readonly locked: string | null;
  /** Sets paths, so that it can be undone. What is wrong, or `null`. */
  change(changes: Changes): string | null;
  /** Takes back the last change. */
  undo(): void;
  /** Says something for a while, at the top of the page. */
  say(words: string): void;
}

export const DeskContext = createContext<Desk | null>(null);

/** The desk around this component. */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error("there is no desk around this");
  return desk;
}

/** Whether nothing can be changed; also outside of a desk, where everything can. */
export function useLocked(): boolean {
  return (useContext(DeskContext)?.locked ?? null) !== null;
}
