/** Publishing from the panel: the results file that OpenLifter made, and an address for answers. */

import type { Meet } from "../meet-types.js";
import { el, field } from "./dom.js";
import type { Live } from "./live.js";

/** The form. Refusals are shown as any other error; of desks that are not level they name which. */
export function publishForm(live: Live, meet: Meet): HTMLElement {
  const done = el("p", { class: "quiet", role: "status" } as Partial<HTMLParagraphElement> & { class: string });
  const force = el("input", { type: "checkbox", name: "force" });
  const form = el(
    "form",
    {},
    el("p", { class: "quiet", textContent: "The meet takes no more changes from then on. Publishing again is a correction." }),
    field("Results file of OpenLifter", { name: "file", type: "file", accept: ".csv,text/csv" }),
    field("Address for answers", { name: "address", type: "email", placeholder: "director@example.org" }),
    el("label", { class: "check" }, force, "Also while laptops hold changes back"),
    el("button", { class: "main", textContent: "Publish" }),
    done,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    void live.attempt(async () => {
      const csv = await (given.get("file") as File).text();
      const { number } = await meet.publish({ csv, returnAddress: String(given.get("address")), force: force.checked });
      done.textContent = number === 1 ? "Published." : `Published as correction ${number - 1}.`;
    });
  });
  return el("details", {}, el("summary", { textContent: "Publish the results" }), form);
}
