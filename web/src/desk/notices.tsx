/** What people must know of: changes of theirs that do not stand, how what is here is kept, and a log that fills up. */
import { useState } from "preact/hooks";

import type { Overruled } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { pathWords, valueWords } from "./paths.ts";
import { useStore } from "./store.ts";
import { changes, errorWords, whyWords } from "./words.ts";

/** As many as can be read at a glance; the others follow when these are settled. */
const SHOWN = 5;

/** All notices. */
export function Notices() {
  const { meet } = useDesk();
  const overruled = useStore(meet.overruled);
  const keeping = useStore(meet.keeping);
  const { finished, logHalfFull } = useStore(meet.state);
  const [read, setRead] = useState<string | null>(null);
  return (
    <>
      {finished && <aside class="banner over" aria-label="The meet is finished"><p>The meet is finished: its results were handed over, and nothing can be changed any more. Whoever runs the server can open it again.</p></aside>}
      {keeping.warning !== null && keeping.warning !== read && (
        <aside class="banner warn" aria-label="How this laptop keeps the meet">
          <p>{keeping.warning}</p>
          {keeping.kind !== "none" && <button type="button" onClick={() => setRead(keeping.warning)}>All right</button>}
        </aside>
      )}
      {logHalfFull && <aside class="banner warn" aria-label="The log of the meet"><p>The log of this meet is half full. There is room for as much again as was entered so far.</p></aside>}
      {overruled.length > 0 && (
        <section class="overruled" aria-label="Changes that do not stand">
          <h2>{changes(overruled.length)} of this laptop {overruled.length === 1 ? "does" : "do"} not stand</h2>
          <ul>{overruled.slice(0, SHOWN).map((one) => <One key={one.line} one={one} />)}</ul>
          {overruled.length > SHOWN && <p class="soft">And {overruled.length - SHOWN} more.</p>}
        </section>
      )}
    </>
  );
}

function One({ one }: { readonly one: Overruled }) {
  const { meet, tree, say, locked } = useDesk();
  const again = () => {
    try {
      meet.useMineAgain(one.line);
    } catch (error) {
      say(errorWords(error));
    }
  };
  const what = pathWords(one.path, tree);
  return (
    <li>
      <div>
        <strong>{what}</strong>
        <p><span class="mine-value">Yours: {valueWords(one.mine, tree, one.path)}</span> <span class="stands">Stands: {valueWords(one.stands, tree, one.path)}</span></p>
        <p class="soft">{whyWords(one)}</p>
      </div>
      <div class="buttons">
        {one.why === "overruled" && <button type="button" disabled={locked !== null} onClick={again} aria-label={`Use mine again: ${what}`}>Use mine again</button>}
        <button type="button" onClick={() => meet.dismiss(one.line)} aria-label={`Dismiss: ${what}`}>Dismiss</button>
      </div>
    </li>
  );
}
