/**
 * The store enhancer: sees each dispatch before the app's reducers do, and tells `live.ts` of it. Types are those of any
 * Redux; none is needed at run time. Where the panel is mounted, and what is refused while a meet is live, stands here.
 */

import type { MeetClient } from "../meet-types.js";
import type { AnyEnhancer, LiveOptions } from "../openlifter-types.js";
import { isAppState, type AppState } from "./app-state.js";
import { Boxes } from "./boxes.js";
import type { Keep } from "./journal.js";
import { Live } from "./live.js";
import { mountPanel } from "./panel.js";
import { mend, Refresh } from "./shown.js";

/** What differs between the package and its tests. */
export interface Surroundings {
  connect(options: { url: string }): MeetClient;
}

/** Part of a Redux store. */
interface StoreLike {
  getState(): unknown;
  dispatch(action: any): any;
}

const FULL =
  "Load, New and import are off while this meet is live: they would replace it on every laptop. Leave the meet first.";
const OVERWRITE = "OVERWRITE_STORE";
/** What puts a file, or nothing, in the place of what there is. */
const REPLACING: ReadonlyArray<string> = [OVERWRITE, "MERGE_PLATFORM"];

/** The enhancer; it does nothing to a store that is not OpenLifter's. */
export function enhancerWith(surroundings: Surroundings, options: LiveOptions): AnyEnhancer {
  return (createStore) =>
    ((...given: any[]) => {
      const store = createStore(...given) as StoreLike;
      return typeof window !== "undefined" && isAppState(store.getState()) ? liveStore(store, surroundings, options) : store;
    }) as typeof createStore;
}

function liveStore(store: StoreLike, { connect }: Surroundings, options: LiveOptions): StoreLike {
  const getState = (): AppState => store.getState() as AppState;
  const boxes = new Boxes((box, typed) => live.active && mend(boxes, box, typed, getState()));
  const overwrite = (state: AppState): void => {
    const refresh = new Refresh(boxes, getState());
    store.dispatch({ type: OVERWRITE, store: state });
    // Once the page is drawn anew.
    setTimeout(() => refresh.run(getState()));
  };
  const app = { getState, overwrite, typing: () => boxes.typing() };
  const live = new Live({ app, keep: localKeep(), connect });
  const refused = (type: string): boolean => {
    if (!live.active || type.startsWith("persist/") || type.startsWith("@@")) {
      return false;
    }
    if (REPLACING.includes(type)) {
      live.tell(FULL);
      return true;
    }
    return boxes.staleNow();
  };
  const dispatch = (action: { type?: unknown }): unknown => {
    const type = String(action.type);
    if (refused(type)) {
      return action;
    }
    const answer: unknown = store.dispatch(action);
    if (type === "persist/REHYDRATE") {
      live.loaded();
    }
    live.noticed();
    return answer;
  };
  addEventListener("pagehide", () => live.flush());
  document.addEventListener("visibilitychange", () => live.flush());
  whenBody(() => options.panel !== null && mountPanel(live, options.panel ?? document.body, options.url ?? null));
  if (options.persisted === false) {
    queueMicrotask(() => live.loaded());
  }
  return { ...store, dispatch };
}

function whenBody(run: () => void): void {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", run, { once: true });
  } else {
    run();
  }
}

/** The browser's storage; where it is switched off, one that lasts as long as the page. */
function localKeep(): Keep {
  try {
    localStorage.getItem("");
    return localStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}

/** What an app that was built for the Redux developer tools calls to compose its enhancers, or with options for them. */
export function composeWith(enhancer: AnyEnhancer): (...given: any[]) => any {
  const compose = (...enhancers: AnyEnhancer[]) =>
    ((createStore) => enhancers.reduceRight((made, next) => next(made), enhancer(createStore))) as AnyEnhancer;
  return (...given) => (given.length === 1 && typeof given[0] === "object" ? compose : compose(...(given as AnyEnhancer[])));
}
