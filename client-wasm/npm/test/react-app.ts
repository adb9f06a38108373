/**
 * A component that uses every hook, and what mounts it. `react.test.ts` has it bundled for React and for what stands in
 * for it.
 */

import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import * as hooks from "../src/react.js";
import type { Meet, MeetTree, PendingState, Stage } from "../src/meet-types.js";
import type { BoardSnapshot, BoardSummary, Client, ConnectionState, Profile, TrackSnapshot } from "../src/types.js";

/** What the component is given. */
export interface AppProps {
  board: string | null;
  window: { from: number; to: number } | null;
  entity: string | null;
  /** A client for the hooks themselves, past the provider's. */
  own?: Client | null;
  meet?: Meet | null;
  /** Whose profiles are shown. */
  profiles?: readonly string[];
}

/** What its hooks said. */
export interface Shown {
  view: BoardSnapshot;
  tracked: TrackSnapshot;
  directory: ReadonlyArray<BoardSummary> | null;
  status: ConnectionState;
  profiles: ReadonlyMap<string, Profile>;
  client: Client | null;
  tree: MeetTree;
  pending: PendingState;
  stage: Stage | null;
}

/** Mounts it; `draw` draws it anew with other properties. */
export function mount(client: Client | null, strict: boolean, shown: (what: Shown) => void) {
  function App({ board, window, entity, own, meet = null, profiles = [] }: AppProps) {
    shown({
      view: hooks.useBoardView(board, window, own),
      tracked: hooks.useTracked(entity, own),
      directory: hooks.useDirectory(own),
      status: hooks.useStatus(own),
      profiles: hooks.useProfiles(profiles, own),
      client: hooks.useScorelay(),
      tree: hooks.useMeet(meet),
      pending: hooks.usePending(meet),
      stage: hooks.useStage(meet, 1),
    });
    return null;
  }
  const root = createRoot(document.createElement("div"));
  return {
    draw: (props: AppProps): void => {
      const app = createElement(App, props);
      const provided = createElement(hooks.ScorelayProvider, { client }, app);
      root.render(strict ? createElement(StrictMode, null, provided) : provided);
    },
    unmount: (): void => root.unmount(),
  };
}
