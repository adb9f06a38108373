/** Starts the page of statistics: connects to the relay that served it and draws. */
import { render } from "preact";
import { connect } from "scorelay/slim";
import { ScorelayProvider } from "scorelay/react";

import { framed } from "../lib/frame.ts";
import { relay } from "../lib/relay.ts";
import { setSlow } from "../ui/motion.ts";
import { browserScreen } from "../ui/screen.ts";
import { App } from "./app.tsx";
import "../style.css";
import "./style.css";

const client = framed(connect(relay === null ? {} : { url: relay }), browserScreen(), setSlow);
const root = document.getElementById("page")!;
root.replaceChildren();
render(
  <ScorelayProvider client={client}>
    <App />
  </ScorelayProvider>,
  root,
);
