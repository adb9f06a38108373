/** Starts the meet desk: connects to the relay that served it and draws. */
import { render } from "preact";
import { connect } from "scorelay/meet";

import { App } from "./app.tsx";
import "../style.css";
import "./style.css";

// While developing, the pages and the relay are two servers.
const relay = import.meta.env.DEV ? new URLSearchParams(location.search).get("relay") ?? "http://127.0.0.1:7420" : null;
const client = connect(relay === null ? {} : { url: relay });
const root = document.getElementById("page")!;
root.replaceChildren();
render(<App client={client} />, root);
if (import.meta.env.PROD) {
  // Without it, in private windows or where no certificate is, the desk works as long as it stays open.
  navigator.serviceWorker?.register("/desk-worker.js", { scope: "/desk" }).catch((error: unknown) => console.warn(error));
}
