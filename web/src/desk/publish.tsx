/** Hands the results over. Where other desks hold changes back they are named, and people decide whether to go on without. */
import { useState } from "preact/hooks";

import { oplCsv } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { PROGRAM } from "./program.ts";
import { useStore } from "./store.ts";
import { errorCode, errorWords } from "./words.ts";

/** The form. */
export function Publish({ address, onAddress }: { readonly address: string; readonly onAddress: (address: string) => void }) {
  const { meet, say } = useDesk();
  const { kind, finished } = useStore(meet.state);
  const pending = useStore(meet.pending);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<{ readonly words: string; readonly final: boolean } | null>(null);
  const [number, setNumber] = useState<number | null>(null);
  const publish = async (force: boolean) => {
    setBusy(true);
    setWrong(null);
    try {
      // The results are those of the end of the log, so nothing of this desk may still be on its way.
      await meet.settled();
      const published = await meet.publish({ csv: oplCsv(meet.getSnapshot(), address, PROGRAM), returnAddress: address, force });
      setNumber(published.number);
      say("");
    } catch (error) {
      setWrong({ words: errorWords(error), final: errorCode(error) !== "desks-behind" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card form publish" aria-labelledby="publish">
      <h2 id="publish">{finished ? "Publish a correction" : "Publish"}</h2>
      <p class="hint">Hands the results over and finishes the meet: from then on nothing can be changed. Publishing again is a correction. Only the location that made the meet can do it.</p>
      <form onSubmit={(event) => {
        event.preventDefault();
        void publish(false);
      }}>
        <label class="field"><span class="label">Return address</span>
          <input type="email" required value={address} placeholder="director@example.com" onInput={(event) => onAddress(event.currentTarget.value)} />
          <span class="hint">Where questions about the results go.</span>
        </label>
        <button type="submit" class="main" disabled={busy || kind !== "live"}>{busy ? "Publishing…" : finished ? "Publish the correction" : "Publish and finish"}</button>
      </form>
      {kind !== "live" && <p class="soft">Publishing needs a connection.</p>}
      {busy && pending.count > 0 && <p class="soft">Waiting until what this laptop entered has arrived…</p>}
      {wrong !== null && (
        <div class="banner trouble" role="alert">
          <p>{wrong.words}</p>
          {!wrong.final && <button type="button" class="danger" disabled={busy} onClick={() => void publish(true)}>Publish without their changes</button>}
        </div>
      )}
      {number !== null && <p class="banner fine" role="status">{number === 1 ? "The results are handed over." : `Correction ${number - 1} is handed over.`}</p>}
    </section>
  );
}
