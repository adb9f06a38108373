/** Elements by short calls, for the panel. */

type Child = Node | string | false;

/** An element with properties, class names by `class`, and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> & { class?: string } = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const { class: classes, ...rest } = properties;
  const made = Object.assign(document.createElement(name), rest) as HTMLElementTagNameMap[K];
  if (classes !== undefined) {
    made.className = classes;
  }
  made.append(...children.filter((child) => child !== false));
  return made;
}

/** A button that does something. */
export function button(text: string, onclick: () => void, main = false): HTMLButtonElement {
  return el("button", { type: "button", textContent: text, onclick, ...(main ? { class: "main" } : {}) });
}

/** A labelled box of a form, found again by its name. */
export function field(label: string, properties: Partial<HTMLInputElement>): HTMLLabelElement {
  return el("label", {}, label, el("input", { required: true, autocomplete: "off", ...properties }));
}

/** What was typed into a form. */
export function valuesOf(form: HTMLFormElement): { [name: string]: string } {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
}
