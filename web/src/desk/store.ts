/** Stores of the client in components. */
import { useSyncExternalStore } from "preact/compat";
import type { Store } from "scorelay";

/** What a store holds, drawn anew when it changes. */
export function useStore<T>({ subscribe, getSnapshot }: Store<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot);
}
