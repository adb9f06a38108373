/** The browser's screen, for `lib/frame.ts`. */
import type { Screen } from "../lib/frame.ts";

/** The screen of this page. */
export function browserScreen(): Screen {
  // A message that is sent while a frame is made arrives when it has been laid out and painted.
  const { port1, port2 } = new MessageChannel();
  let ended: (() => void) | null = null;
  port1.onmessage = () => {
    ended?.();
    ended = null;
  };
  return {
    now: () => performance.now(),
    request: (draw) => void requestAnimationFrame(draw),
    after: (done) => {
      ended = done;
      port2.postMessage(null);
    },
    later: (call, milliseconds) => {
      const timer = setTimeout(call, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
