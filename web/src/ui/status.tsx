/** The state of the connection, at the foot of the page: a dot and a word when live, a plain sentence otherwise. */
import { useEffect, useState } from "preact/hooks";
import { useStatus } from "scorelay/react";

import { statusWords } from "../lib/status.ts";

/** The line at the foot. */
export function Status() {
  const state = useStatus();
  const [now, setNow] = useState(Date.now);
  const counting = state.kind !== "live" && state.kind !== "closed";
  useEffect(() => {
    setNow(Date.now());
    if (!counting) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [counting, state]);
  const { tone, text, spoken, reload } = statusWords(state, Math.max(now, state.since));
  return (
    <footer class={`status ${tone}`} data-state={state.kind}>
      <span class="dot" aria-hidden="true" />
      <span aria-hidden="true">{text}</span>
      <span class="spoken" role="status" aria-live="polite">{spoken}</span>
      {reload && <button type="button" class="small" onClick={() => location.reload()}>Load again</button>}
    </footer>
  );
}
