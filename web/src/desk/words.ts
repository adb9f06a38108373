/** The states of a desk in words: what is so, and where something can be done, what to do. */
import type { MeetState, Overruled, PendingState } from "../meet/index.ts";

/** What to show of a state. */
export interface StateWords {
  readonly tone: "live" | "waiting" | "trouble";
  readonly text: string;
}

/** Words for a desk's state. */
export function stateWords(state: MeetState, pending: PendingState): StateWords {
  switch (state.kind) {
    case "opening":
      return { tone: "waiting", text: "Opening the meet…" };
    case "resyncing":
      return { tone: "waiting", text: `Catching up…${waiting(pending)}` };
    case "live":
      if (pending.heldUp !== null) return { tone: "trouble", text: `${sentence(pending.heldUp.message)}${waiting(pending)}` };
      return { tone: "live", text: state.finished ? "Live. The meet is finished." : pending.count === 0 ? "Live" : `Live. ${changes(pending.count)} on the way.` };
    case "offline": {
      const why = state.error === null ? "" : ` ${sentence(state.error.message)}`;
      return { tone: "trouble", text: `Offline.${waiting(pending) || " Go on working: what you enter is kept here and sent later."}${why}` };
    }
    case "recovering":
    case "restoring": {
      const part = state.total === 0 ? "" : ` ${Math.floor((100 * state.sent) / state.total)} %`;
      return { tone: "waiting", text: `Bringing back what the server lost…${part}` };
    }
    case "logged-out":
      return { tone: "trouble", text: `${LOGGED_OUT[state.reason ?? "refused"]}${state.reason === "refused" && state.error !== null ? ` ${sentence(state.error.message)}` : ""}` };
    case "elsewhere":
      return { tone: "trouble", text: "This desk is open in another tab of this browser." };
    case "closed": {
      const why = state.error === null ? "This desk was closed." : sentence(state.error.message);
      const lost = pending.saved ? "" : " What was entered last is not on the disk: write it down before you open the desk again.";
      return { tone: "trouble", text: `${why} Nothing more is kept or sent.${lost}` };
    }
  }
}

const LOGGED_OUT: Readonly<Record<NonNullable<MeetState["reason"]>, string>> = {
  password: "This desk’s session ended. Join again with the password; what is here stays.",
  left: "This desk has left the meet. What is here stays.",
  finished: "The meet is finished and was cleared away on the server. What is here stays.",
  refused: "The server refused this desk.",
  "another-meet": "This id belongs to another meet now. What is here stays.",
};

/** Why nothing can be changed; `null` where things can. */
export function lockedWords({ kind, finished }: MeetState): string | null {
  if (finished) return "The meet is finished: nothing can be changed any more.";
  if (kind === "elsewhere") return "This desk is open in another tab of this browser.";
  return kind === "closed" ? "This desk is closed: open it again." : null;
}

function waiting({ count, saved }: PendingState): string {
  if (count === 0) return "";
  return ` ${changes(count)} waiting on this laptop${saved ? "" : ", not yet on its disk"}.`;
}

/** "1 change", "4 changes". */
export function changes(count: number): string {
  return `${count} ${count === 1 ? "change" : "changes"}`;
}

/** Why an own change does not stand. */
export function whyWords({ why, location }: Overruled): string {
  switch (why) {
    case "overruled":
      return location === null ? "Another desk’s value stands." : `The value from ${location} stands.`;
    case "late":
      return "The meet was finished before it arrived.";
    case "no-such-entry":
      return "There is no such entry.";
    case "entry-exists":
      return "There is such an entry already.";
    case "not-your-block":
      return "Its number belongs to another desk.";
    case "not-driver":
      return "Another desk drives the stage.";
  }
}

/** A message as a sentence. */
export function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}

/** What to tell people of something thrown. */
export function errorWords(thrown: unknown): string {
  return sentence(thrown instanceof Error ? thrown.message : String(thrown));
}

/** The code of an error of the client; empty for others. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
