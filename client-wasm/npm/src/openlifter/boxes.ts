/**
 * Text boxes of the page: which of them somebody has typed into, and so which blur means something. OpenLifter's boxes
 * copy their value once and write the copy back when the focus leaves them, typed into or not, also where the app itself
 * moves the focus: after a change from elsewhere that would put the old value back.
 */

/** How long a box that was typed into, and still has the focus, keeps the page as it is. */
const PATIENCE_MS = 10_000;
const NO_TEXT = new Set(["button", "checkbox", "color", "file", "hidden", "image", "radio", "range", "reset", "submit"]);

/** A box that text is typed into. */
export type Box = HTMLInputElement | HTMLTextAreaElement;

export function isBox(target: unknown): target is Box {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !NO_TEXT.has(target.type));
}

export class Boxes {
  /** What was typed, by box, since it got the focus. */
  readonly #typed = new WeakMap<Box, string>();
  readonly #left: (box: Box, typed: string) => void;
  readonly #stops: Array<() => void> = [];
  #lastKey = -PATIENCE_MS;
  #setting: Box | null = null;

  /** `left` is called once a box that was typed into has lost the focus, and the app has done with it what it does. */
  constructor(left: (box: Box, typed: string) => void) {
    this.#left = left;
    this.#listen("input", this.#onInput);
    this.#listen("focusin", this.#onFocus);
    this.#listen("focusout", this.#onLeave);
  }

  /** Whether somebody is typing into a box. */
  typing(): boolean {
    const box = document.activeElement;
    return isBox(box) && this.#typed.has(box) && performance.now() - this.#lastKey < PATIENCE_MS;
  }

  /** Whether this box was typed into since it got the focus. */
  isTyped(box: Box): boolean {
    return this.#typed.has(box);
  }

  /** Whether what is being dispatched right now comes from a box that nobody typed into. */
  staleNow(): boolean {
    if (this.#setting !== null) {
      return true;
    }
    // What the browser is calling listeners for at this moment, also when a script moved the focus.
    const { event } = window as { event?: Event };
    const leaves = event?.type === "blur" || event?.type === "focusout" || event?.type === "change";
    return leaves && isBox(event?.target) && !this.#typed.has(event.target);
  }

  /** Shows another text in a box, so that the component that keeps a copy takes it over. */
  setText(box: Box, text: string): void {
    const prototype = box instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    this.#setting = box;
    try {
      Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(box, text);
      box.dispatchEvent(new Event("input", { bubbles: true }));
    } finally {
      this.#setting = null;
    }
  }

  stop(): void {
    this.#stops.forEach((stop) => stop());
  }

  #listen(type: string, listener: (event: Event) => void): void {
    window.addEventListener(type, listener, true);
    this.#stops.push(() => window.removeEventListener(type, listener, true));
  }

  readonly #onInput = ({ target }: Event): void => {
    if (isBox(target) && target !== this.#setting) {
      this.#typed.set(target, target.value);
      this.#lastKey = performance.now();
    }
  };

  readonly #onFocus = ({ target }: Event): void => {
    if (isBox(target)) {
      this.#typed.delete(target);
    }
  };

  readonly #onLeave = ({ target }: Event): void => {
    if (isBox(target) && this.#typed.has(target)) {
      setTimeout(() => {
        const typed = this.#typed.get(target);
        if (typed !== undefined && document.activeElement !== target) {
          this.#typed.delete(target);
          this.#left(target, typed);
        }
      });
    }
  };
}
