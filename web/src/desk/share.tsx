/** Sharing: the meet's id for other desks, links for overlays, the sessions there are, and leaving. */
import { useState } from "preact/hooks";

import type { MeetClient } from "../meet/index.ts";
import { Copy } from "./copy.tsx";
import { useDesk } from "./desk-context.ts";
import { OverlayLink } from "./overlay-link.tsx";
import { Qr } from "./qr.tsx";
import { Sessions } from "./sessions.tsx";
import { useTask } from "./start.tsx";
import { useStore } from "./store.ts";
import { errorCode } from "./words.ts";

/** The part of the desk. */
export function Share({ client, onExit }: { readonly client: MeetClient; readonly onExit: () => void }) {
  const { meet } = useDesk();
  const join = `${location.origin}/desk?meet=${meet.id.replace(/\D/g, "")}`;
  return (
    <div class="share">
      <section class="card id" aria-labelledby="desks">
        <div>
          <h2 id="desks">Other desks</h2>
          <p class="meet-id">{meet.id}</p>
          <p class="hint">They join with this id, the password, and their location. The code leads to the page.</p>
          <div class="buttons"><Copy text={meet.id} label="Copy the id" /><Copy text={join} label="Copy the link" /><a href={join} class="link">{join.replace(/^https?:\/\//, "")}</a></div>
        </div>
        <Qr text={join} label="QR code of the page to join" />
      </section>
      <OverlayLink />
      <Locations />
      <Sessions />
      <Password />
      <Leave client={client} onExit={onExit} />
    </div>
  );
}

function Locations() {
  const { meet } = useDesk();
  const locations = useStore(meet.locations);
  const { busy, wrong, run } = useTask();
  return (
    <section class="card form" aria-labelledby="locations">
      <h2 id="locations">Locations</h2>
      <ul class="list">{locations.map(({ name, priority }) => <li key={name}><strong>{name}{name === meet.location ? " (here)" : ""}</strong><span class="soft">priority {priority}</span></li>)}</ul>
      <form class="inline" onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const data = new FormData(form);
        run(async () => {
          await meet.addLocation({ name: String(data.get("name")).trim(), priority: Number(data.get("priority")) });
          form.reset();
        });
      }}>
        <label class="field"><span class="label">Another location</span><input name="name" required autocomplete="off" /></label>
        <label class="field short"><span class="label">Priority</span><input name="priority" type="number" min={0} max={1000} required defaultValue={10} /></label>
        <button type="submit" disabled={busy}>Add</button>
      </form>
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
    </section>
  );
}

function Password() {
  const { meet, say } = useDesk();
  const { busy, wrong, run } = useTask();
  return (
    <details class="card form">
      <summary>Change the password</summary>
      <form class="inline" onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const data = new FormData(form);
        run(async () => {
          await meet.changePassword({ old: String(data.get("old")), new: String(data.get("new")) });
          form.reset();
          say("The password is changed. Desks that are here stay.");
        });
      }}>
        <label class="field"><span class="label">Old password</span><input name="old" type="password" required autocomplete="off" /></label>
        <label class="field"><span class="label">New password</span><input name="new" type="password" required minLength={10} maxLength={128} autocomplete="off" /></label>
        <button type="submit" disabled={busy}>Change</button>
      </form>
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
    </details>
  );
}

function Leave({ client, onExit }: { readonly client: MeetClient; readonly onExit: () => void }) {
  const { meet } = useDesk();
  const { busy, wrong, run } = useTask();
  const [insist, setInsist] = useState(false);
  const forget = () => run(async () => {
    try {
      await client.forgetMeet(meet.id, { force: insist, location: meet.location });
      onExit();
    } catch (error) {
      if (errorCode(error) === "changes-waiting") setInsist(true);
      throw error;
    }
  });
  return (
    <section class="card" aria-labelledby="leave">
      <h2 id="leave">This laptop</h2>
      <div class="buttons">
        <button type="button" onClick={onExit}>Close the desk</button>
        <button type="button" disabled={busy} onClick={() => run(() => meet.leave())}>End this desk’s session</button>
        <button type="button" class="danger" disabled={busy} onClick={forget}>{insist ? "Forget with its changes" : "Forget the meet here"}</button>
      </div>
      <p class="hint">Closing keeps everything here. Forgetting deletes what this browser keeps of the meet; the meet goes on.</p>
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
    </section>
  );
}
