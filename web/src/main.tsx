/** Starts the page: connects to the relay that served it and draws. */
import { render } from "preact";
import { connect } from "scorelay/slim";
import type { SlimConnectOptions } from "scorelay/slim";
import { ScorelayProvider } from "scorelay/react";

import { framed } from "./lib/frame.ts";
import { relay } from "./lib/relay.ts";
import { App } from "./ui/app.tsx";
import { setSlow } from "./ui/motion.ts";
import { browserScreen } from "./ui/screen.ts";
import "./style.css";

const options: SlimConnectOptions = {};
if (relay !== null) options.url = relay;

const client = framed(connect(options), browserScreen(), setSlow);
const root = document.getElementById("page")!;
root.replaceChildren();
render(
  <ScorelayProvider client={client}>
    <App />
  </ScorelayProvider>,
  root,
);
