/** The meets that this browser keeps, to open with or without a network, or to forget. */
import { useState } from "preact/hooks";

import type { KeptMeet, Meet, MeetClient } from "../meet/index.ts";
import { useTask } from "./start.tsx";
import { errorCode } from "./words.ts";

/** The list. */
export function KeptList({ client, kept, onMeet, onForgotten }: {
  readonly client: MeetClient;
  readonly kept: readonly KeptMeet[];
  readonly onMeet: (meet: Meet) => void;
  readonly onForgotten: () => void;
}) {
  const { busy, wrong, run } = useTask();
  const unanswered = (id: string) => id === "";
  // The meet whose forgetting was refused since changes wait, and is asked for once more.
  const [insist, setInsist] = useState<string | null>(null);
  const forget = ({ id, location }: KeptMeet) => run(async () => {
    try {
      await client.forgetMeet(id, { force: insist === id, location });
      setInsist(null);
      onForgotten();
    } catch (error) {
      if (errorCode(error) === "changes-waiting") setInsist(id);
      throw error;
    }
  });
  return (
    <section class="card" aria-labelledby="kept">
      <h2 id="kept">On this laptop</h2>
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
      <ul class="list">
        {kept.map((one) => (
          <li key={`${one.id} ${one.location}`}>
            {unanswered(one.id) ? (
              <div><strong>A meet that was being made</strong><span class="soft"> {one.location}</span>
                <p class="hint">No answer came before its page was closed. Go live again with the same locations and the same password: if the server has made it, you get that one.</p>
              </div>
            ) : <div><strong>{one.name || "A meet without a name"}</strong><span class="soft"> {one.id} · {one.location}</span></div>}
            <div class="buttons">
              {!unanswered(one.id) && <button type="button" class="main" disabled={busy} onClick={() => run(async () => onMeet(await client.openMeet(one.id, one.location)))}>Open</button>}
              <button type="button" disabled={busy} onClick={() => forget(one)}>{insist === one.id ? "Forget with its changes" : "Forget"}</button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
