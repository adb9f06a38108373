/** The sessions of the meet: who has it open, and a way to end one. */
import { useCallback, useEffect, useState } from "preact/hooks";

import type { MeetSession } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { useTask } from "./start.tsx";
import { useStore } from "./store.ts";

/** The list. */
export function Sessions() {
  const { meet } = useDesk();
  const { kind } = useStore(meet.state);
  const [sessions, setSessions] = useState<readonly MeetSession[] | null>(null);
  const { busy, wrong, run } = useTask();
  const load = useCallback(async () => setSessions(await meet.sessions()), [meet]);
  useEffect(() => {
    if (kind === "live") run(load);
  }, [kind, load]);
  return (
    <section class="card" aria-labelledby="sessions">
      <div class="heading"><h2 id="sessions">Sessions</h2><button type="button" class="small" disabled={busy || kind !== "live"} onClick={() => run(load)}>Look again</button></div>
      {sessions === null && <p class="soft">{kind === "live" ? "Asking…" : "The server says who is there, and there is no connection."}</p>}
      {sessions !== null && (
        <ul class="list">
          {sessions.map((one) => (
            <li key={one.number}>
              <div><strong>{one.role === "display" ? "Display" : one.location}</strong><span class="soft"> {one.own ? "this desk" : `no ${one.number}`} · since {moment(one.opened)}{one.ends === null ? "" : `, until ${moment(one.ends)}`}</span></div>
              {!one.own && <button type="button" disabled={busy} aria-label={`End the session of ${one.role === "display" ? "display" : one.location} ${one.number}`}
                onClick={() => run(async () => {
                  await meet.revoke(one.number);
                  await load();
                })}>End</button>}
            </li>
          ))}
        </ul>
      )}
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
    </section>
  );
}

function moment(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
}
