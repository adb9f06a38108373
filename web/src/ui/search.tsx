/**
 * The search box: goes to a rank or to somebody, or pins them. Names are looked up while they are written, and those found are chosen
 * by key or by hand. "/" brings the cursor here from anywhere.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { memo } from "preact/compat";
import { useProfiles } from "scorelay/react";

import { saidOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { UNKNOWN } from "../lib/names.ts";
import type { Found } from "../lib/names.ts";
import { readQuery } from "../lib/query.ts";
import { Avatar } from "./avatar.tsx";
import { useNames } from "./use-names.ts";
import type { Names } from "./use-names.ts";
import type { Intent, Search } from "./use-search.ts";

/** What the box needs. */
export interface SearchBoxProps {
  readonly search: Search;
  readonly board: string;
  /** Digits after the point of scores. */
  readonly decimals: number;
  /** The name that the address has; `""` for none. */
  readonly asked: string;
  readonly onAsked: (name: string) => void;
}

/** The form, the names found, and the words under it. */
export const SearchBox = memo(Form);

function nameIn(text: string): string {
  const query = readQuery(text);
  return query.kind === "name" ? query.name : "";
}

const listed = ({ entity }: Found) => entity;

function Form({ search, board, decimals, asked, onAsked }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const [text, setText] = useState(asked);
  const [open, setOpen] = useState(asked !== "");
  const [active, setActive] = useState(-1);
  const name = nameIn(text);
  const names = useNames(board, open && name !== "" ? name : null);
  const rows = open ? names.rows : [];
  const profiles = useProfiles(rows.map(listed));
  useShortcut(input);
  useEffect(() => {
    if (asked === nameIn(text)) return;
    setText(asked);
    setOpen(asked !== "");
  }, [asked]);
  useEffect(() => setActive(-1), [names]);

  const write = (next: string) => {
    setText(next);
    setOpen(true);
    search.clear();
    onAsked(nameIn(next));
  };
  const run = (what: string, intent: Intent, chosen: Found | null) => {
    setOpen(false);
    if (chosen !== null) {
      setText("");
      onAsked("");
    }
    search.run(what, intent, chosen);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const intent: Intent = (event.submitter as HTMLButtonElement | null)?.value === "pin" ? "pin" : "go";
    const current = names.name === name ? rows[Math.max(active, 0)] ?? null : null;
    run(input.current?.value ?? "", intent, current);
  };
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLInputElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && open) {
      event.preventDefault();
      setOpen(false);
    } else if (step !== undefined && rows.length > 0) {
      event.preventDefault();
      const from = active < 0 && step < 0 ? 0 : active;
      setActive((from + step + rows.length) % rows.length);
    } else if (step !== undefined && name !== "") {
      setOpen(true);
    }
  };
  useEffect(() => form.current?.querySelector(`#found-${active}`)?.scrollIntoView({ block: "nearest" }), [active]);

  return (
    <form class="search" role="search" ref={form} onSubmit={submit}
      onFocusOut={(event) => { if (!form.current!.contains(event.relatedTarget as Node | null)) setOpen(false); }}>
      <label class="spoken" for="search">Name, rank, or platform and id</label>
      <input ref={input} id="search" name="q" type="text" autocomplete="off" autocapitalize="off" spellcheck={false} maxLength={200}
        enterkeyhint="go" placeholder="Name or #500" value={text} onInput={(event) => write(event.currentTarget.value)} onKeyDown={onKeyDown}
        role="combobox" aria-autocomplete="list" aria-expanded={rows.length > 0} aria-controls="found"
        aria-activedescendant={active < 0 ? undefined : `found-${active}`} />
      <button type="submit" value="go">Go</button>
      <button type="submit" value="pin" title="Keep a row in view">Pin</button>
      <ul class="found" role="listbox" id="found" aria-label="Names found" hidden={rows.length === 0}>
        {rows.map((row, at) => (
          <li key={row.entity} id={`found-${at}`} role="option" aria-selected={at === active} data-found={row.entity}
            data-kind={saidOf(row.entity).kind ?? undefined} class={at === active ? "active" : undefined}
            onMouseDown={(event) => event.preventDefault()} onClick={() => run(row.name, "go", row)}>
            <span class="rank">{format.count(row.rank)}</span>
            <Avatar entity={row.entity} profile={profiles.get(row.entity) ?? null} />
            <span class="who"><span class="name">{row.name}</span> <span class="platform">{saidOf(row.entity).origin}</span></span>
            <span class="score">{format.score(row.score, decimals)}</span>
          </li>
        ))}
      </ul>
      <p class="words" role="status">{search.words ?? (open ? told(names) : null)}</p>
    </form>
  );
}

function told({ name, failed, rows: { length: count }, more }: Names): string | null {
  if (name === null) return null;
  if (failed) return UNKNOWN;
  if (count === 0) return `No name here begins with “${name}”.`;
  return more ? `The first ${count} of more: write on.` : `${format.counted(count, "name")} found.`;
}

function useShortcut(input: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || target.closest("input, textarea, select")) return;
      event.preventDefault();
      input.current?.select();
      input.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, [input]);
}
