/**
 * Hooks for React from 16.14 on, and for what stands in for it, like `preact/compat`. Views and followed entities are
 * opened when a component appears and closed when it goes; a component that is drawn on a server opens nothing.
 */

import { createContext, createElement, useContext, useEffect, useMemo } from "react";
import type { Context, ReactElement, ReactNode } from "react";
import { useSyncExternalStore } from "use-sync-external-store/shim";
import { emptyTrack, emptyView } from "./handles.js";
import { EMPTY_TREE, stageOf } from "./meet-tree.js";
import type { DisplaySnapshot, Meet, MeetDisplay, MeetTree, PendingState, Stage } from "./meet-types.js";
import type {
  BoardSnapshot,
  BoardSummary,
  BoardView,
  Client,
  ConnectionState,
  Profile,
  ProfileView,
  Store,
  Tracked,
  TrackSnapshot,
  Window,
} from "./types.js";

const ClientContext: Context<Client | null> = /* @__PURE__ */ createContext<Client | null>(null);
const CONNECTING: ConnectionState = { kind: "connecting", since: 0, retryAt: null, error: null, lastUpdate: null };
const NEVER: Store<any> = { subscribe: () => () => {}, getSnapshot: () => null };

const NO_PROFILES: ReadonlyMap<string, Profile> = new Map();
const NOTHING_PENDING: PendingState = { count: 0, heldUp: null, saved: true };

/** What `ScorelayProvider` takes. */
export interface ScorelayProviderProps {
  /** The client for all hooks below; `null` as long as there is none, as on a server. */
  client: Client | null;
  children?: ReactNode;
}

/** Gives a client to the hooks below. It is not closed when the provider goes. */
export function ScorelayProvider({ client, children }: ScorelayProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The provider's client; `null` if there is none. */
export function useScorelay(): Client | null {
  return useContext(ClientContext);
}

/** A window of a board, watched while the component is there. With no board or window nothing is watched. */
export function useBoardView(
  boardId: string | null,
  window: Readonly<Window> | null,
  client?: Client | null,
): BoardSnapshot {
  const used = useGivenOr(client);
  const from = window?.from ?? 0;
  const to = window?.to ?? 0;
  const board = from === 0 ? null : boardId;
  const slot = useMemo(() => new ViewSlot(used, board), [used, board]);
  useEffect(() => slot.setWindow({ from, to }), [slot, from, to]);
  return useStore(slot);
}

/** Where an entity stands on every board, followed while the component is there. With `null` nobody is followed. */
export function useTracked(entity: string | null, client?: Client | null): TrackSnapshot {
  const used = useGivenOr(client);
  return useStore(useMemo(() => new TrackSlot(used, entity), [used, entity]));
}

/** Profiles of those of these entities that have one, asked for while the component is there. Give it the rows that can be seen. */
export function useProfiles(entities: ReadonlyArray<string>, client?: Client | null): ReadonlyMap<string, Profile> {
  const used = useGivenOr(client);
  const slot = useMemo(() => new ProfileSlot(used), [used]);
  const key = entities.join("\n");
  useEffect(() => slot.setEntities(entities), [slot, key]);
  return useStore(slot);
}

/** The boards; `null` until a relay has told. */
export function useDirectory(client?: Client | null): ReadonlyArray<BoardSummary> | null {
  return useStore<ReadonlyArray<BoardSummary> | null>(useGivenOr(client)?.directory ?? NEVER);
}

/** State of the connection. */
export function useStatus(client?: Client | null): ConnectionState {
  const state: ConnectionState | null = useStore(useGivenOr(client)?.state ?? NEVER);
  return state ?? CONNECTING;
}

/** What a desk shows of its meet; nothing with `null`. */
export function useMeet(meet: Meet | null): MeetTree {
  return useStore<MeetTree | null>(meet ?? NEVER) ?? EMPTY_TREE;
}

/** The desk's own changes that wait. */
export function usePending(meet: Meet | null): PendingState {
  return useStore<PendingState | null>(meet?.pending ?? NEVER) ?? NOTHING_PENDING;
}

/** What goes on on a stage, by a desk or a display; `null` where nothing was ever said. Other changes draw nothing anew. */
export function useStage(source: Meet | MeetDisplay | null, stage: number): Stage | null {
  const store = useMemo(
    (): Store<Stage | null> => ({
      subscribe: source?.subscribe ?? NEVER.subscribe,
      getSnapshot: () => stageOf(treeOf(source?.getSnapshot() ?? null), stage),
    }),
    [source, stage],
  );
  return useStore(store);
}

function treeOf(shown: MeetTree | DisplaySnapshot | null): MeetTree | null {
  return shown !== null && "tree" in shown ? shown.tree : shown;
}

function useGivenOr(client: Client | null | undefined): Client | null {
  const provided = useContext(ClientContext);
  return client === undefined ? provided : client;
}

function useStore<T>({ subscribe, getSnapshot }: Store<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}

/** A view that is open while somebody subscribes to it, so that a drawing that comes to nothing leaves nothing behind. */
class ViewSlot implements Store<BoardSnapshot> {
  readonly #client: Client | null;
  readonly #board: string | null;
  readonly #empty: BoardSnapshot;
  #window: Window = { from: 0, to: 0 };
  #view: BoardView | null = null;

  constructor(client: Client | null, board: string | null) {
    this.#client = client;
    this.#board = board;
    this.#empty = emptyView(board ?? "", 1);
  }

  /** Runs before the first `subscribe`, as effects run in the order of their hooks. */
  setWindow(window: Window): void {
    this.#window = window;
    this.#view?.setWindow(window);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#client === null || this.#board === null) {
      return () => {};
    }
    const view = this.#client.board(this.#board).view(this.#window);
    this.#view = view;
    const stop = view.subscribe(listener);
    return () => {
      stop();
      view.close();
    };
  };

  readonly getSnapshot = (): BoardSnapshot => this.#view?.getSnapshot() ?? this.#empty;
}

/** A followed entity, likewise. */
class TrackSlot implements Store<TrackSnapshot> {
  readonly #client: Client | null;
  readonly #entity: string | null;
  readonly #empty: TrackSnapshot;
  #tracked: Tracked | null = null;

  constructor(client: Client | null, entity: string | null) {
    this.#client = client;
    this.#entity = entity;
    this.#empty = emptyTrack(entity ?? "");
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#client === null || this.#entity === null) {
      return () => {};
    }
    const tracked = this.#client.track(this.#entity);
    this.#tracked = tracked;
    const stop = tracked.subscribe(listener);
    return () => {
      stop();
      tracked.close();
    };
  };

  readonly getSnapshot = (): TrackSnapshot => this.#tracked?.getSnapshot() ?? this.#empty;
}

/** Profiles, likewise. */
class ProfileSlot implements Store<ReadonlyMap<string, Profile>> {
  readonly #client: Client | null;
  #entities: ReadonlyArray<string> = [];
  #view: ProfileView | null = null;

  constructor(client: Client | null) {
    this.#client = client;
  }

  /** Runs before the first `subscribe`. */
  setEntities(entities: ReadonlyArray<string>): void {
    this.#entities = entities;
    this.#view?.setEntities(entities);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#client === null) {
      return () => {};
    }
    const view = this.#client.profiles.view(this.#entities);
    this.#view = view;
    const stop = view.subscribe(listener);
    return () => {
      stop();
      view.close();
    };
  };

  readonly getSnapshot = (): ReadonlyMap<string, Profile> => this.#view?.getSnapshot() ?? NO_PROFILES;
}
