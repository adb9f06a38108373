/** Starts the page of statistics: connects to the relay that served it and draws. */
import { render } from "preact";
import { connect } from "scorelay/slim";
import { ScorelayProvider } from "scorelay/react";

import { framed } from "../lib/frame.ts";
import { setSlow } from "../ui/motion.ts";
import { browserScreen } from "../ui/screen.ts";
import { App } from "./app.tsx";
import "../style.css";
import "./style.css";

// While developing, the pages and the relay are two servers.
const relay = import.meta.env.DEV ? new URLSearchParams(location.search).get("relay") ?? "http://127.0.0.1:7420" : null;
const client = framed(connect(relay === null ? {} : { url: relay }), browserScreen(), setSlow);
const root = document.getElementById("page")!;
root.replaceChildren();
render(
  <ScorelayProvider client={client}>
    <App />
  </ScorelayProvider>,
  root,
);
