/**
 * An input that never writes an old value back: while nobody types it shows what stands now, and leaving it without having
 * typed sets nothing. What another desk sets while somebody types is shown beside it, and what was typed is kept.
 */
import { useRef, useState } from "preact/hooks";
import type { JSX, Ref } from "preact";

import { useLocked } from "./desk-context.ts";

/** A field of one value. */
export interface FieldProps {
  /** What it is of, for the eye or, with `bare`, for the ear only. */
  readonly label: string;
  /** What stands now, as text. */
  readonly value: string;
  /** Takes what was typed. What is wrong with it, or `null`. */
  readonly commit: (text: string) => string | null;
  readonly bare?: boolean;
  readonly type?: "text" | "date" | "email";
  readonly mode?: "text" | "decimal" | "numeric" | "email";
  readonly placeholder?: string;
  readonly list?: string;
  readonly disabled?: boolean;
  readonly name?: string;
  readonly width?: "short" | "long";
  /** Keys that mean something else here; whether it was one. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  readonly inputRef?: Ref<HTMLInputElement>;
}

/** A labelled input. */
export function Field({ label, value, commit, bare = false, type = "text", mode = "text", onKey, inputRef, width, ...rest }: FieldProps) {
  // What was typed and what stood there when that began; a reference, since a key and a blur may come before it is drawn.
  const typed = useRef<{ text: string; base: string } | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [, draw] = useState(0);
  const locked = useLocked();
  const forget = () => {
    typed.current = null;
    setWrong(null);
    draw((count) => count + 1);
  };
  const finish = () => {
    const now = typed.current;
    if (now === null) return;
    const words = now.text === now.base ? null : commit(now.text);
    if (words === null) forget();
    else setWrong(words);
  };
  const onInput = (event: JSX.TargetedInputEvent<HTMLInputElement>) => {
    typed.current = { text: event.currentTarget.value, base: typed.current?.base ?? value };
    setWrong(null);
    draw((count) => count + 1);
  };
  const onBlur = (event: JSX.TargetedFocusEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    // Moving a row in the document takes the focus away for as long as the drawing lasts: that is nobody leaving the field.
    queueMicrotask(() => {
      if (document.activeElement !== input) finish();
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && typed.current !== null) return forget();
    if (onKey !== undefined && /^[a-z]$/.test(event.key)) {
      // What a key concerns is what was typed, not what stood there before.
      finish();
      if (typed.current !== null) return;
    }
    if (onKey?.(event) !== true && event.key === "Enter") finish();
  };
  const now = typed.current;
  const elsewhere = now !== null && now.base !== value ? `Now ${value === "" ? "empty" : value}` : null;
  const note = wrong ?? elsewhere;
  return (
    <label class={`field ${width ?? ""} ${wrong === null ? "" : "wrong"}`}>
      <span class={bare ? "spoken" : "label"}>{label}</span>
      <input {...rest} readOnly={locked} ref={inputRef ?? null} type={type} inputMode={mode} autocomplete="off" spellcheck={false} value={now?.text ?? value}
        aria-invalid={wrong !== null} onInput={onInput} onBlur={onBlur} onKeyDown={onKeyDown} />
      {note !== null && <span class="note" role="status">{note}</span>}
    </label>
  );
}

/** A choice of several. What stands but is none of them is offered too. */
export function Choice({ label, value, options, onChoose, bare = false, disabled = false }: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly onChoose: (value: string) => void;
  readonly bare?: boolean;
  readonly disabled?: boolean;
}) {
  const locked = useLocked();
  const known = options.some(([one]) => one === value);
  return (
    <label class="field choice">
      <span class={bare ? "spoken" : "label"}>{label}</span>
      <select value={value} disabled={disabled || locked} onChange={(event) => onChoose(event.currentTarget.value)}>
        {!known && <option value={value}>{value === "" ? "Not set" : value}</option>}
        {options.map(([one, words]) => <option key={one} value={one}>{words}</option>)}
      </select>
    </label>
  );
}

/** A yes or no. */
export function Check({ label, value, onChange }: { readonly label: string; readonly value: boolean; readonly onChange: (value: boolean) => void }) {
  const locked = useLocked();
  return (
    <label class="check">
      <input type="checkbox" checked={value} disabled={locked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
