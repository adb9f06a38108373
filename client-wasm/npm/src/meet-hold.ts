/**
 * Which tab has a desk open: the one that holds its Web Lock. Another can ask it to let go, over a channel between tabs, and
 * takes the lock where there is no answer. Pages that are not secure have no locks; there the channel alone tells, and the
 * storage refuses writes of a tab that did not hear.
 */

/** A desk that this tab has. */
export interface Hold {
  release(): void;
}

/** How a desk is held; `null` where another tab has it. */
export type Way = "if-free" | "take";

const CHANNEL = "scorelay-meets";
/** How long another tab may take to let go, or to say that it is there. */
const LET_GO_MS = 1_500;
const ASK_MS = 200;

interface Message {
  readonly kind: "ask" | "take" | "held" | "free";
  readonly desk: string;
}

/** Holds a desk. `wanted` is called when another tab asks for it, and is done when it may have it; `lost` when it took it. */
export async function holdDesk(
  desk: string,
  way: Way,
  events: { wanted(): Promise<void>; lost(): void },
): Promise<Hold | null> {
  const locks = (globalThis as { navigator?: { locks?: LockManager } }).navigator?.locks;
  if (way === "take" || locks === undefined) {
    const [kind, answer, wait] = way === "take" ? (["take", "free", LET_GO_MS] as const) : (["ask", "held", ASK_MS] as const);
    const answered = await asked({ kind, desk }, answer, wait);
    if (way === "if-free" && answered) {
      return null;
    }
  }
  if (locks === undefined) {
    return listening(desk, events, () => {});
  }
  const options: LockOptions = way === "take" ? { steal: true } : { ifAvailable: true };
  return new Promise((resolve) => {
    let hold: Hold | null = null;
    const request = locks.request(`scorelay-meet-${desk}`, options, (lock) => {
      if (lock === null) {
        resolve(null);
        return undefined;
      }
      return new Promise<void>((free) => {
        hold = listening(desk, events, free);
        resolve(hold);
      });
    });
    request.catch(() => {
      hold?.release();
      resolve(null);
      events.lost();
    });
  });
}

/** Answers other tabs until it is released. */
function listening(desk: string, events: { wanted(): Promise<void> }, free: () => void): Hold {
  const channel = newChannel();
  let held = true;
  const release = (): void => {
    held = false;
    channel?.close();
    free();
  };
  if (channel !== null) {
    channel.onmessage = async ({ data }: MessageEvent<Message>) => {
      if (data.desk !== desk) {
        return;
      }
      if (data.kind === "ask") {
        channel.postMessage({ kind: "held", desk } satisfies Message);
      } else if (data.kind === "take") {
        await events.wanted();
        // Who asked may have waited no longer, and have taken it.
        if (held) {
          channel.postMessage({ kind: "free", desk } satisfies Message);
          release();
        }
      }
    };
  }
  return { release };
}

/** Whether this answer to the message came in time. */
function asked(message: Message, answer: Message["kind"], wait: number): Promise<boolean> {
  const channel = newChannel();
  return new Promise((resolve) => {
    if (channel === null) {
      resolve(false);
      return;
    }
    const end = (answered: boolean): void => {
      clearTimeout(timer);
      channel.close();
      resolve(answered);
    };
    const timer = setTimeout(() => end(false), wait);
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.desk === message.desk && data.kind === answer) {
        end(true);
      }
    };
    channel.postMessage(message);
  });
}

function newChannel(): BroadcastChannel | null {
  if (typeof BroadcastChannel !== "function") {
    return null;
  }
  const channel = new BroadcastChannel(CHANNEL);
  // In Node it would keep the program running.
  (channel as { unref?: () => void }).unref?.();
  return channel;
}
