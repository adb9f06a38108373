/** The state of the connection: a dot and a word when live, a plain sentence otherwise, and what can be done. */
import { useState } from "preact/hooks";

import { useDesk } from "./desk-context.ts";
import { useTask } from "./start.tsx";
import { useStore } from "./store.ts";
import { stateWords } from "./words.ts";

/** The line in the head of the desk. */
export function State({ onReopen }: { readonly onReopen: () => Promise<void> }) {
  const { meet } = useDesk();
  const state = useStore(meet.state);
  const pending = useStore(meet.pending);
  const [password, setPassword] = useState("");
  const { busy, wrong, run } = useTask();
  const { tone, text } = stateWords(state, pending);
  const rejoin = state.kind === "logged-out" && (state.reason === "password" || state.reason === "left");
  return (
    <div class={`state ${tone}`} data-state={state.kind} data-waiting={pending.count}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{text}</span>
      {state.kind === "closed" && <button type="button" disabled={busy} onClick={() => run(onReopen)}>Open it again</button>}
      {rejoin && (
        <form class="rejoin" onSubmit={(event) => {
          event.preventDefault();
          run(async () => {
            await meet.join({ password });
            setPassword("");
          });
        }}>
          <label class="field"><span class="spoken">Password of the meet</span>
            <input type="password" required minLength={10} maxLength={128} placeholder="Password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
          </label>
          <button type="submit" disabled={busy}>Join again</button>
        </form>
      )}
      {wrong !== null && <span role="alert">{wrong}</span>}
    </div>
  );
}
