/** The forms of an app that is in no meet: join one, or make one of what the app has. */

import type { Location } from "../meet-types.js";
import { el, field, valuesOf } from "./dom.js";
import type { Live } from "./live.js";

/** What is in the card. `url` is the relay, if it is given and not asked for. */
export function formsOf(live: Live, url: string | null): Node[] {
  const last = live.remembered();
  const relay = (): Node[] =>
    url === null ? [field("Server", { name: "url", type: "url", placeholder: "https://live.example.org", value: last?.url ?? "" })] : [];
  const join = el(
    "form",
    {},
    ...relay(),
    field("Meet", { name: "meet", placeholder: "123-456-789", inputMode: "numeric", value: last?.meet ?? "" }),
    field("This laptop stands at", { name: "location", placeholder: "Warm-up", value: last?.location ?? "" }),
    field("Password", { name: "password", type: "password" }),
    el("p", { class: "quiet", textContent: "Joining replaces what this OpenLifter shows by the meet. Save it before if you need it." }),
    el("button", { class: "main", textContent: "Join" }),
  );
  submitted(join, ({ meet = "", location = "", password = "", ...rest }) =>
    live.join({ url: url ?? rest["url"] ?? "", meet, location, password }),
  );
  const others = el("textarea", { name: "others", rows: 3, value: "Warm-up 10\nWeigh-in 10" });
  const make = el(
    "form",
    {},
    ...relay(),
    field("This laptop stands at", { name: "location", value: "Platform" }),
    field("Its priority, 0 to 1000", { name: "priority", type: "number", min: "0", max: "1000", value: "20" }),
    el("label", {}, "Other places and their priorities, one on a line", others),
    field("New password, 10 characters or more", { name: "password", type: "password", minLength: 10, maxLength: 128, autocomplete: "new-password" }),
    el("p", { class: "quiet", textContent: "Where two laptops set the same thing without having seen the other's, the higher priority stands." }),
    el("button", { class: "main", textContent: "Go live" }),
  );
  submitted(make, ({ location = "", password = "", priority = "0", others: more = "", ...rest }) => {
    const locations = [{ name: location, priority: Number(priority) }, ...placesOf(more)];
    return live.goLive({ url: url ?? rest["url"] ?? "", location, locations, password });
  });
  return [
    el("h2", { textContent: "Live meet" }),
    el("p", { class: "quiet", textContent: "This OpenLifter works for itself." }),
    el("details", { open: true }, el("summary", { textContent: "Join a meet" }), join),
    el("details", {}, el("summary", { textContent: "Go live with this meet" }), make),
  ];
}

/** Runs `work` when the form is sent, and not twice. */
function submitted(form: HTMLFormElement, work: (values: { [name: string]: string }) => Promise<void>): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void work(valuesOf(form));
  });
}

/** Lines like `Warm-up 10`. */
function placesOf(text: string): Location[] {
  const lines = text.split("\n").map((line) => /^\s*(.+?)[\s=:]+(\d+)\s*$/.exec(line));
  return lines.filter((line) => line !== null).map(([, name, priority]) => ({ name: name!, priority: Number(priority) }));
}
