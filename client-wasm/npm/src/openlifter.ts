/**
 * Makes OpenLifter live. A fork adds `liveEnhancer` to its store; for a build that nobody changed a script calls
 * `installLiveEnhancer` before the app starts. Both put a panel into the page, where a meet is joined or made.
 */

import { connect } from "./meet.js";
import { composeWith, enhancerWith } from "./openlifter/enhancer.js";
import type { AnyEnhancer, LiveOptions } from "./openlifter-types.js";

export type { AnyEnhancer, LiveOptions } from "./openlifter-types.js";

/**
 * A store enhancer, the last one to be composed: `compose(applyMiddleware(…), liveEnhancer())`. It does nothing to a store
 * whose state is not OpenLifter's.
 */
export function liveEnhancer(options: LiveOptions = {}): AnyEnhancer {
  return enhancerWith({ connect }, options);
}

/**
 * Defines what OpenLifter calls to compose its enhancers where the Redux developer tools are installed, which then are not
 * used. It has to run before the app's own scripts.
 */
export function installLiveEnhancer(options: LiveOptions = {}): void {
  Object.defineProperty(window, "__REDUX_DEVTOOLS_EXTENSION_COMPOSE__", {
    value: composeWith(liveEnhancer(options)),
    configurable: true,
  });
}
