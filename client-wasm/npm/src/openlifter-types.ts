/** The public types of `scorelay/openlifter`. Nothing here runs, and nothing depends on Redux. */

/** How an app becomes live. */
export interface LiveOptions {
  /** The relay, like `https://live.example.org`; asked for if it is not given. */
  url?: string;
  /** Where the panel goes; `null`: nowhere. By default the end of the page's body. */
  panel?: HTMLElement | null;
  /** Whether the app keeps its state by redux-persist, as OpenLifter does. */
  persisted?: boolean;
}

/** A store enhancer for Redux of any version. */
export type AnyEnhancer = <C extends (...given: any[]) => any>(createStore: C) => C;
