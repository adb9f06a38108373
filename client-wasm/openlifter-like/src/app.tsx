/** An app that OpenLifter's adapter has to cope with: its state, its actions, its boxes, and none of its code. */

import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Provider, useDispatch } from "react-redux";
import type { StoreEnhancer } from "redux";
import { LiftingPage, MeetPage, RegistrationPage, WeighinPage } from "./pages.js";
import { reducers, type State } from "./state.js";
import { makeStore } from "./store.js";

const PAGES = { meet: MeetPage, registration: RegistrationPage, weighin: WeighinPage, lifting: LiftingPage } as const;

function pageOf(hash: string): keyof typeof PAGES {
  const name = hash.slice(1);
  return name in PAGES ? (name as keyof typeof PAGES) : "meet";
}

function App() {
  const dispatch = useDispatch();
  const [page, setPage] = useState(pageOf(location.hash));
  useEffect(() => {
    const follow = (): void => setPage(pageOf(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const fresh = (): void => {
    const start = { type: "@@fresh" };
    const store = Object.fromEntries(Object.entries(reducers).map(([name, reducer]) => [name, reducer(undefined, start)])) as unknown as State;
    dispatch({ type: "OVERWRITE_STORE", store });
  };
  const Page = PAGES[page];
  return (
    <>
      <nav>
        {Object.keys(PAGES).map((name) => <a key={name} href={`#${name}`}>{name} </a>)}
        <button onClick={fresh}>New meet</button>
      </nav>
      <Page />
    </>
  );
}

/** Starts the app in the page. */
export function start(fork?: StoreEnhancer): void {
  const store = makeStore(fork);
  const root = document.body.appendChild(document.createElement("main"));
  createRoot(root).render(<StrictMode><Provider store={store}><App /></Provider></StrictMode>);
}
