/**
 * Connects once and gives the client to every component below. What is shown is in `App.tsx`. Where the relay is can be
 * said when building, by the variable VITE_SCORELAY_URL.
 */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "scorelay";
import { ScorelayProvider } from "scorelay/react";
import { App } from "./App";
import "./style.css";

const client = connect({ url: import.meta.env.VITE_SCORELAY_URL ?? "http://127.0.0.1:7420" });

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <ScorelayProvider client={client}>
      <App />
    </ScorelayProvider>
  </StrictMode>,
);
