/** The state of the connection in words. It says what is so and, where something can be done, what to do. */
import type { ConnectionState } from "scorelay";

import { span } from "./format.ts";

/** What to show of a state. */
export interface StatusWords {
  /** How much it matters. */
  readonly tone: "live" | "waiting" | "trouble";
  /** For the eye; may count seconds. */
  readonly text: string;
  /** For the ear: changes only when the state does. */
  readonly spoken: string;
  /** Whether loading the page anew is what helps. */
  readonly reload: boolean;
}

/** After so many milliseconds without a connection the words stop to be patient. */
const PATIENCE = 6_000;

/** Words for a state at a time, in milliseconds since the Unix epoch. */
export function statusWords(state: ConnectionState, now: number): StatusWords {
  switch (state.kind) {
    case "live":
      return { tone: "live", text: "Live", spoken: "Live", reload: false };
    case "connecting": {
      const slow = now - state.since > PATIENCE;
      const text = slow ? "Still connecting. Is this device online?" : "Connecting…";
      return { tone: slow ? "trouble" : "waiting", text, spoken: text, reload: false };
    }
    case "stale":
      return {
        tone: "trouble",
        text: `Stale: the source of the scores is out of reach. Shown as of ${span(now - state.since)} ago.`,
        spoken: "Stale: the source of the scores is out of reach. The last scores stay.",
        reload: false,
      };
    case "offline":
      return {
        tone: "trouble",
        text: state.lastUpdate === null ? waiting(state, now) : `Reconnecting, last update ${span(now - state.lastUpdate)} ago`,
        spoken: state.lastUpdate === null ? "No connection. Trying again." : "Reconnecting. The last scores stay.",
        reload: false,
      };
    case "closed": {
      const text = `${sentence(state.error?.message ?? "The connection was closed")} Load the page again.`;
      return { tone: "trouble", text, spoken: text, reload: true };
    }
  }
}

function waiting(state: ConnectionState, now: number): string {
  const wait = state.retryAt === null ? 0 : state.retryAt - now;
  return wait < 1000 ? "No connection. Trying again." : `No connection. Trying again in ${span(wait)}.`;
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
