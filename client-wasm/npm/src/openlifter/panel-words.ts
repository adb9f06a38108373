/** The state of the connection in words. */

import type { MeetState } from "../meet-types.js";
import type { Live } from "./live.js";

/** What the pill says, and the sentence in the card. */
export interface Words {
  readonly short: string;
  readonly long: string;
  readonly dot: "" | "live" | "waits";
}

const REASONS = {
  password: "The session has ended. Join again with the password; nothing is lost.",
  left: "This laptop has left the meet.",
  finished: "The meet is finished and was cleared away.",
  refused: "The server refuses this laptop.",
  "another-meet": "This id belongs to another meet now.",
} as const;

export function stateInWords(live: Live): Words {
  const { kind, meet } = live.state.getSnapshot();
  if (meet === null) {
    const short = kind === "entering" ? "Connecting …" : kind === "loading" ? "Loading …" : "Not live";
    return { short, long: short, dot: "" };
  }
  const count = meet.pending.getSnapshot().count;
  const waiting = count === 0 ? "" : ` · ${count} ${count === 1 ? "change" : "changes"} waiting`;
  const lost = meet.overruled.getSnapshot().length + (live.sync?.held.list().length ?? 0);
  const look = lost === 0 ? "" : ` · ${lost} to look at`;
  const state = meet.state.getSnapshot();
  const { name, sentence } = wordsOf(state);
  const dot = state.kind === "live" && lost === 0 ? "live" : "waits";
  return { short: `${name}${waiting}${look}`, long: `${sentence}${waiting === "" ? "" : ` ${count} waiting on this laptop.`}`, dot };
}

function wordsOf(state: MeetState): { name: string; sentence: string } {
  switch (state.kind) {
    case "live":
      return state.finished
        ? { name: "Finished", sentence: "The meet is finished; changes come too late." }
        : { name: "Live", sentence: "Connected." };
    case "offline":
      return { name: "Offline", sentence: "No connection. Go on working; it is sent when there is one again." };
    case "logged-out":
      return { name: "Logged out", sentence: REASONS[state.reason ?? "password"] };
    case "elsewhere":
      return { name: "In another tab", sentence: "Another tab of this browser has the meet. Changes made here are sent once this tab takes over." };
    case "closed":
      return { name: "Not kept", sentence: `Nothing is kept or sent: ${state.error?.message ?? "the meet was closed here"}. Then open it again; what was changed since is set then.` };
    case "recovering":
    case "restoring":
      return { name: "Bringing back the meet", sentence: "The server lost something; this laptop brings it back." };
    default:
      return { name: "Connecting …", sentence: "Connecting …" };
  }
}
