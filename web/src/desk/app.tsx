/** The page: without a meet a way to make, join or open one, and with one the desk. The address names the meet. */
import { useCallback, useEffect, useState } from "preact/hooks";

import type { KeptMeet, Meet, MeetClient } from "../meet/index.ts";
import { readDeskAddress, writeDeskAddress } from "./address.ts";
import { DeskPage } from "./desk.tsx";
import { Start } from "./start.tsx";
import { errorWords } from "./words.ts";

/** The whole page. */
export function App({ client }: { client: MeetClient }) {
  const [meet, setMeet] = useState<Meet | null>(null);
  const [kept, setKept] = useState<readonly KeptMeet[] | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [asked] = useState(() => readDeskAddress(location.search).meet);

  const enter = useCallback((entered: Meet) => {
    history.replaceState(null, "", writeDeskAddress(entered.id, location.search, location.hash));
    setWrong(null);
    setMeet(entered);
  }, []);
  const exit = useCallback(() => {
    history.replaceState(null, "", writeDeskAddress(null, location.search, ""));
    setMeet(null);
    setKept(null);
  }, []);
  useEffect(() => {
    if (meet !== null || kept !== null) return;
    const ended = new AbortController();
    client.keptMeets({ unanswered: true }).then(
      async (found) => {
        if (ended.signal.aborted) return;
        const own = found.find(({ id }) => id === readDeskAddress(location.search).meet);
        if (own === undefined) return setKept(found);
        const opened = await client.openMeet(own.id, own.location);
        if (ended.signal.aborted) opened.close();
        else enter(opened);
      },
    ).catch((error: unknown) => {
      if (ended.signal.aborted) return;
      setWrong(errorWords(error));
      setKept([]);
    });
    return () => ended.abort();
  }, [client, meet, kept, enter]);
  useEffect(() => () => meet?.close(), [meet]);
  const reopen = useCallback(async () => {
    if (meet !== null) enter(await client.openMeet(meet.id, meet.location));
  }, [client, meet, enter]);

  if (meet !== null) return <DeskPage key={meet.id} client={client} meet={meet} onExit={exit} onReopen={reopen} />;
  return <Start client={client} kept={kept} asked={asked} wrong={wrong} onMeet={enter} onForgotten={() => setKept(null)} />;
}
