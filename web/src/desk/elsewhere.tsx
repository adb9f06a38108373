/** In the place of the desk where another tab of this browser has it: what is going on, and a way to have it here. */
import { useDesk } from "./desk-context.ts";
import { useTask } from "./start.tsx";
import { useStore } from "./store.ts";
import { changes } from "./words.ts";

/** The page. */
export function Elsewhere() {
  const { meet } = useDesk();
  const { count } = useStore(meet.pending);
  const { busy, wrong, run } = useTask();
  return (
    <section class="card form elsewhere" aria-labelledby="elsewhere">
      <h2 id="elsewhere">Another tab has this desk</h2>
      <p>One tab of a browser works at a desk at a time, so that none writes over the other. Go on in that tab, or take the desk into this one: the
        other then shows this page, and nothing that was entered there is lost.</p>
      {count > 0 && <p class="soft">{changes(count)} of this laptop had not been sent when the other tab took the desk; it sends them.</p>}
      <div class="buttons"><button type="button" class="main" disabled={busy} onClick={() => run(() => meet.takeOver())}>{busy ? "Taking over…" : "Use it here"}</button></div>
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
    </section>
  );
}
