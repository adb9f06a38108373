/** The search box: goes to a rank or to somebody, or pins them. "/" brings the cursor here from anywhere. */
import { useEffect, useRef } from "preact/hooks";
import { memo } from "preact/compat";

import type { Intent, Search } from "./use-search.ts";

/** The form and the words under it. */
export const SearchBox = memo(Form);

function Form({ search }: { search: Search }) {
  const input = useRef<HTMLInputElement>(null);
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
  }, []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const intent: Intent = (event.submitter as HTMLButtonElement | null)?.value === "pin" ? "pin" : "go";
    search.run(input.current?.value ?? "", intent);
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <label class="spoken" for="search">Rank, or platform and id</label>
      <input ref={input} id="search" name="q" type="text" autocomplete="off" autocapitalize="off" spellcheck={false}
        enterkeyhint="go" placeholder="#500 or twitch:123" onInput={search.clear} />
      <button type="submit" value="go">Go</button>
      <button type="submit" value="pin" title="Keep a row in view">Pin</button>
      <p class="words" role="status">{search.words}</p>
    </form>
  );
}
