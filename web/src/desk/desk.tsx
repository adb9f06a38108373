/** The desk of one meet: its head, the state of things, and the part that the address names. */
import { useEffect, useMemo, useState } from "preact/hooks";

import type { Meet, MeetClient } from "../meet/index.ts";
import { PARTS, readPart } from "./address.ts";
import type { Part } from "./address.ts";
import { DeskContext } from "./desk-context.ts";
import type { Desk } from "./desk-context.ts";
import { Elsewhere } from "./elsewhere.tsx";
import { Entries } from "./entries.tsx";
import { Lifting } from "./lifting.tsx";
import { Notices } from "./notices.tsx";
import { pathWords } from "./paths.ts";
import { Results } from "./results.tsx";
import { Setup } from "./setup.tsx";
import { Share } from "./share.tsx";
import { State } from "./state.tsx";
import { useStore } from "./store.ts";
import { History } from "./undo.ts";
import { WeighIn } from "./weigh-in.tsx";
import { errorWords, lockedWords } from "./words.ts";

const NAMES: Readonly<Record<Part, string>> = {
  lifting: "Lifting", "weigh-in": "Weigh-in", entries: "Entries", results: "Results", meet: "Meet", share: "Share",
};

/** What the desk is given. */
export interface DeskPageProps {
  readonly client: MeetClient;
  readonly meet: Meet;
  /** Back to where meets are chosen. */
  readonly onExit: () => void;
  /** Opens the desk anew that was closed. */
  readonly onReopen: () => Promise<void>;
}

/** The whole desk. */
export function DeskPage({ client, meet, onExit, onReopen }: DeskPageProps) {
  const tree = useStore(meet);
  const state = useStore(meet.state);
  const locked = lockedWords(state);
  const part = usePart();
  const [said, setSaid] = useState("");
  const history = useMemo(() => new History(meet), [meet]);
  const desk = useMemo<Desk>(() => ({
    meet,
    tree,
    inKg: tree.meet.inKg !== false,
    locked,
    change: (changes) => {
      if (locked !== null) {
        setSaid(locked);
        return locked;
      }
      try {
        history.set(changes);
        setSaid("");
        return null;
      } catch (error) {
        const words = errorWords(error);
        setSaid(words);
        return words;
      }
    },
    undo: () => {
      if (locked !== null) return setSaid(locked);
      if (history.empty) return setSaid("There is nothing to undo.");
      const { paths, left } = history.undo();
      const what = paths.map((path) => pathWords(path, meet.getSnapshot())).join("; ");
      setSaid(`${paths.length === 0 ? "" : `Undone: ${what}. `}${left ? "What was changed since was left as it is." : ""}`);
    },
    say: setSaid,
  }), [meet, tree, history, locked]);
  useEffect(() => {
    document.title = `${tree.meet.name || meet.id} · ${NAMES[part]} · Scorelay`;
  }, [tree.meet.name, meet.id, part]);
  return (
    <DeskContext.Provider value={desk}>
      <header class="deskhead">
        <button type="button" class="plain brand" onClick={onExit} title="To the list of meets">Scorelay</button>
        <div class="title">
          <h1>{tree.meet.name || "A new meet"}</h1>
          <span class="soft">{meet.id} · {meet.location}</span>
        </div>
        <State onReopen={onReopen} />
      </header>
      {state.kind === "elsewhere" ? <main class="part"><Elsewhere /></main> : <>
      <nav class="parts" aria-label="Parts of the desk">
        {PARTS.map((one) => <a key={one} href={`#${one}`} aria-current={one === part ? "page" : undefined}>{NAMES[one]}</a>)}
      </nav>
      <Notices />
      <p class="said" role="status">{said}</p>
      <main class={`part ${part}`}>
        {part === "lifting" && <Lifting />}
        {part === "weigh-in" && <WeighIn />}
        {part === "entries" && <Entries />}
        {part === "results" && <Results />}
        {part === "meet" && <Setup />}
        {part === "share" && <Share client={client} onExit={onExit} />}
      </main>
      </>}
    </DeskContext.Provider>
  );
}

function usePart(): Part {
  const [part, setPart] = useState(() => readPart(location.hash));
  useEffect(() => {
    const read = () => setPart(readPart(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return part;
}
