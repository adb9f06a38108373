/** Before there is a meet: going live with a new one, joining one, and those this browser keeps. */
import { useState } from "preact/hooks";
import type { JSX } from "preact";

import type { KeptMeet, Location, Meet, MeetClient } from "../meet/index.ts";
import { meetPath } from "./paths.ts";
import { KeptList } from "./kept.tsx";
import { errorWords } from "./words.ts";

/** What the start needs. */
export interface StartProps {
  readonly client: MeetClient;
  /** The meets this browser keeps; `null` until known. */
  readonly kept: readonly KeptMeet[] | null;
  /** The meet that the address names. */
  readonly asked: string | null;
  readonly wrong: string | null;
  readonly onMeet: (meet: Meet) => void;
  readonly onForgotten: () => void;
}

/** The first page. */
export function Start({ client, kept, asked, wrong, onMeet, onForgotten }: StartProps) {
  const [making, setMaking] = useState(asked === null);
  return (
    <div class="start">
      <header class="top"><a class="brand" href={location.pathname}>Scorelay</a><span class="soft">Meet desk</span></header>
      <main>
        <h1>{making ? "Go live with a meet" : "Join a meet"}</h1>
        {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
        <div class="switch" role="group" aria-label="New or there already">
          <button type="button" aria-pressed={making} onClick={() => setMaking(true)}>New meet</button>
          <button type="button" aria-pressed={!making} onClick={() => setMaking(false)}>Join one</button>
        </div>
        {making ? <GoLive client={client} onMeet={onMeet} /> : <Join client={client} asked={asked} onMeet={onMeet} />}
        {kept !== null && kept.length > 0 && <KeptList client={client} kept={kept} onMeet={onMeet} onForgotten={onForgotten} />}
      </main>
    </div>
  );
}

/** The locations a meet begins with. More can be added later. */
const FIRST: readonly Location[] = [{ name: "Platform", priority: 20 }, { name: "Weigh-in", priority: 10 }];

function GoLive({ client, onMeet }: Pick<StartProps, "client" | "onMeet">) {
  const [locations, setLocations] = useState<readonly Location[]>(FIRST);
  const { busy, wrong, run } = useTask();
  const submit = (event: JSX.TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const password = String(data.get("password") ?? "");
    const named = locations.map(({ name, priority }) => ({ name: name.trim(), priority })).filter(({ name }) => name !== "");
    run(async () => {
      if (named.length === 0) throw new Error("Name at least one location: where this laptop stands.");
      const meet = await client.createMeet({ location: named[0]!.name, locations: named, password });
      meet.setAll([
        [meetPath("name"), text("name")], [meetPath("federation"), text("federation")], [meetPath("date"), text("date")],
        [meetPath("inKg"), text("unit") !== "lb"],
      ]);
      // The first thing to do with a new meet is to tell others its id.
      history.replaceState(null, "", "#share");
      onMeet(meet);
    });
  };
  const change = (at: number, changed: Partial<Location>) => setLocations(locations.map((one, index) => (index === at ? { ...one, ...changed } : one)));
  return (
    <form class="card form" onSubmit={submit}>
      <div class="columns">
        <Input label="Name of the meet" name="name" required />
        <Input label="Federation" name="federation" />
        <Input label="Date" name="date" type="date" required defaultValue={today()} />
        <label class="field"><span class="label">Weights in</span><select name="unit"><option value="kg">Kilograms</option><option value="lb">Pounds</option></select></label>
      </div>
      <fieldset>
        <legend>Locations</legend>
        <p class="hint">Where laptops stand; this one at the first. Where two set the same thing without seeing each other, the larger priority stands.</p>
        {locations.map(({ name, priority }, at) => (
          <div class="pair" key={at}>
            <label class="field"><span class="spoken">Location {at + 1}</span>
              <input value={name} required={at === 0} onInput={(event) => change(at, { name: event.currentTarget.value })} />
            </label>
            <label class="field short"><span class="spoken">Priority of location {at + 1}</span>
              <input type="number" min={0} max={1000} required value={priority} onInput={(event) => change(at, { priority: event.currentTarget.valueAsNumber || 0 })} />
            </label>
            <button type="button" class="icon close" aria-label={`Remove location ${at + 1}`} disabled={locations.length === 1}
              onClick={() => setLocations(locations.filter((_, index) => index !== at))} />
          </div>
        ))}
        <button type="button" class="plain" onClick={() => setLocations([...locations, { name: "", priority: 10 }])}>Add a location</button>
      </fieldset>
      <Input label="Password, for those who join" name="password" type="password" required minLength={10} maxLength={128} hint="At least 10 characters. Tell it to nobody but the other desks." />
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
      <button type="submit" class="main" disabled={busy}>{busy ? "Going live…" : "Go live"}</button>
    </form>
  );
}

function Join({ client, asked, onMeet }: Pick<StartProps, "client" | "asked" | "onMeet">) {
  const { busy, wrong, run } = useTask();
  const submit = (event: JSX.TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "");
    run(async () => onMeet(await client.joinMeet({ meet: text("meet"), location: text("location").trim(), password: text("password") })));
  };
  return (
    <form class="card form" onSubmit={submit}>
      <div class="columns">
        <Input label="Meet id" name="meet" required defaultValue={asked ?? ""} inputMode="numeric" placeholder="123-456-789" pattern="[0-9\s.\-]{9,15}" />
        <Input label="This laptop’s location" name="location" required placeholder="Weigh-in" hint="One of those that the meet was made with." />
      </div>
      <Input label="Password" name="password" type="password" required minLength={10} maxLength={128} />
      {wrong !== null && <p class="banner trouble" role="alert">{wrong}</p>}
      <button type="submit" class="main" disabled={busy}>{busy ? "Joining…" : "Join"}</button>
    </form>
  );
}

function Input({ label, hint, ...rest }: { readonly label: string; readonly hint?: string } & JSX.HTMLAttributes<HTMLInputElement> & JSX.InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label class="field">
      <span class="label">{label}</span>
      <input autocomplete="off" {...rest} />
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  );
}

/** Something that takes a while and may fail. */
export function useTask(): { readonly busy: boolean; readonly wrong: string | null; readonly run: (task: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const run = (task: () => Promise<void>) => {
    setBusy(true);
    setWrong(null);
    task().catch((error: unknown) => setWrong(errorWords(error))).finally(() => setBusy(false));
  };
  return { busy, wrong, run };
}

/** The day of this laptop's calendar. */
function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}
