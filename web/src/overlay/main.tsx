/**
 * Starts an overlay: reads the address, connects to the relay that served it, and draws. What goes wrong is said in the
 * console and nowhere else, since whatever is drawn here is on stream.
 */
import "./older.ts";

import { render } from "preact";
import { connect } from "scorelay/meet";
import type { ConnectOptions } from "scorelay/meet";

import { readOverlayAddress } from "./address.ts";
import { renew } from "./renew.ts";
import { Overlay } from "./ui/overlay.tsx";
import "./overlay.css";

const options: ConnectOptions = {};
// While developing, the pages and the relay are two servers.
const relay = import.meta.env.DEV ? new URLSearchParams(location.search).get("relay") ?? "http://127.0.0.1:7420" : null;
if (relay !== null) options.url = relay;

const { link, ...choice } = readOverlayAddress(location);
if (link === null) {
  console.error("This address names no meet, or has no token behind its #. Copy it from the meet desk again.");
} else {
  start(link);
}
// Whoever edits only what is behind the `#` means another meet.
addEventListener("hashchange", () => location.reload());

function start(named: typeof link & object): void {
  try {
    const client = connect(options);
    const display = client.watchMeet(named);
    display.subscribe(() => {
      const { gone } = display.getSnapshot();
      if (gone !== null) console.error(`Nothing more comes of this meet: ${gone.message}`);
    });
    render(<Overlay display={display} choice={choice} />, document.getElementById("overlay")!);
    renew({ state: client.state, script: new URL(import.meta.url).pathname, load: servedPage, reload: () => location.reload() });
  } catch (error) {
    console.error(error);
  }
}

async function servedPage(): Promise<string | null> {
  const answer = await fetch(location.pathname, { cache: "no-store" });
  return answer.ok ? answer.text() : null;
}
