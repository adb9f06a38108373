/**
 * What there is to say about entities beside their scores, asked of the relay over HTTP and never of the live socket. Only what is
 * shown is asked for: wishes are gathered for a moment, go out 64 at a time and few at once, and what scrolled away meanwhile is
 * not asked for any more. Answers are kept for a while, also that there is none. A relay whose core is away tells what it
 * remembers, and of whom it cannot tell: those are asked for again, ever more rarely, until it can.
 */

import { checkedEntity } from "./check.js";
import { ScorelayError, textOf } from "./errors.js";
import { disposable } from "./handles.js";
import { PROFILE_IDS } from "./limits.js";
import { isVisible } from "./page.js";
import { newStore, type OwnedStore } from "./store.js";
import { Timer } from "./timer.js";
import type { Profile, Profiles, ProfileView, WaitOptions } from "./types.js";
import { abortable, watching } from "./wait.js";

/** Milliseconds in which wishes are gathered into one request. */
const GATHER_MS = 40;
/** Requests at a time. */
const AT_ONCE = 2;
/** Milliseconds after which a request is given up. */
const PATIENCE_MS = 10_000;
/** Milliseconds for which a profile is kept, and for which it is remembered that there is none. */
const KEPT_MS = 300_000;
const NONE_KEPT_MS = 60_000;
/** Entities remembered; those that a view shows are never forgotten for others. */
const MOST_KEPT = 2_000;
/** Characters of an address that every proxy passes on. */
const ADDRESS_CHARACTERS = 6_000;
/** Bounds of the wait after a failure, in milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

const NOBODY: ReadonlyMap<string, Profile> = new Map();
const NOTHING: Told = { found: [], pending: new Set() };

/**
 * An answer, and until when it holds; `pending` where the relay could not tell, and is to be asked again then. `profile` stays while
 * a newer one is asked for.
 */
interface Kept {
  profile: Profile | null;
  until: number;
  pending: boolean;
}

/** What a relay answered. */
interface Told {
  readonly found: readonly Profile[];
  readonly pending: ReadonlySet<string>;
}

interface Watch {
  entities: readonly string[];
  readonly store: OwnedStore<ReadonlyMap<string, Profile>>;
}

/** All profiles of a client. `address`: of the live socket, which the HTTP interface lies beside. */
export class ProfileLoader implements Profiles {
  readonly #address: string;
  readonly #kept = new Map<string, Kept>();
  readonly #watches = new Set<Watch>();
  readonly #asked = new Set<string>();
  readonly #aborts = new Set<AbortController>();
  readonly #timer = new Timer(() => this.#work());
  /** Tells of every answer, and of the end. */
  readonly #answered = newStore(null);
  #failures = 0;
  #waitUntil = 0;
  /** Answers in a row in which the relay could not tell of all. */
  #partial = 0;
  #ended = false;

  constructor(socket: string) {
    this.#address = `${socket.replace(/^ws/, "http").replace(/\/v1\/live.*$/, "")}/v1/profiles`;
  }

  view(entities: Iterable<string>): ProfileView {
    const watch: Watch = { entities: checked(entities), store: newStore(NOBODY) };
    this.#watches.add(watch);
    this.#show(watch);
    this.#soon();
    return disposable({
      subscribe: watch.store.subscribe,
      getSnapshot: watch.store.getSnapshot,
      setEntities: (next: Iterable<string>) => {
        watch.entities = checked(next);
        if (this.#watches.has(watch)) {
          this.#show(watch);
          this.#soon();
        }
      },
      close: () => void this.#watches.delete(watch),
    });
  }

  async get(entity: string, options: WaitOptions = {}): Promise<Profile | null> {
    checkedEntity(entity);
    return abortable<Profile | null>(options, (resolve, reject) => {
      const view = this.view([entity]);
      const late = (): void => reject(new ScorelayError("timed-out", "no answer in time", true));
      const timer = setTimeout(late, PATIENCE_MS);
      const check = (): void => {
        const kept = this.#kept.get(entity);
        if (this.#ended) {
          reject(new ScorelayError("closed", "the client is closed"));
        } else if (kept !== undefined && !kept.pending && kept.until > now()) {
          resolve(kept.profile);
        }
      };
      const stop = watching(this.#answered, check);
      return () => {
        clearTimeout(timer);
        stop();
        view.close();
      };
    });
  }

  /** The page is seen again. */
  wake(): void {
    this.#soon();
  }

  /** The relay has its core again: what it could not tell is asked for once more, not by everybody at once. */
  renew(): void {
    const soon = now() + FIRST_WAIT_MS * Math.random();
    for (const kept of this.#kept.values()) {
      if (kept.pending) {
        kept.until = Math.min(kept.until, soon);
      }
    }
    this.#partial = 0;
    if (!this.#ended) {
      this.#rest();
    }
  }

  /** Ends everything; what is known stays. */
  end(): void {
    this.#ended = true;
    this.#timer.stop();
    this.#aborts.forEach((abort) => abort.abort());
    this.#answered.notify();
  }

  /** Has what is wanted asked for in a moment, or when a wait that was asked for is over. */
  #soon(): void {
    if (!this.#ended) {
      this.#timer.set(Math.max(GATHER_MS, this.#waitUntil - now()));
    }
  }

  /** Sends what may be sent, and comes back when something has to be asked again. */
  #work(): void {
    if (this.#ended || !isVisible() || typeof fetch !== "function") {
      return;
    }
    const wait = this.#waitUntil - now();
    if (wait > 0) {
      this.#timer.set(wait);
      return;
    }
    // After a failure one request tries whether all is well again.
    const most = this.#failures > 0 ? 1 : AT_ONCE;
    for (let wanted = this.#wanted(); this.#aborts.size < most && wanted.length > 0; wanted = this.#wanted()) {
      void this.#ask(firstOf(wanted));
    }
    this.#rest();
  }

  /** What views show and nobody knows, not asked for yet. */
  #wanted(): string[] {
    const time = now();
    const wanted = new Set<string>();
    for (const { entities } of this.#watches) {
      for (const entity of entities) {
        if (!this.#asked.has(entity) && (this.#kept.get(entity)?.until ?? 0) <= time) {
          wanted.add(entity);
        }
      }
    }
    return [...wanted];
  }

  /** Sets the timer to when the first thing that is shown becomes too old. */
  #rest(): void {
    let next = Infinity;
    for (const { entities } of this.#watches) {
      for (const entity of entities) {
        next = Math.min(next, this.#kept.get(entity)?.until ?? Infinity);
      }
    }
    if (next < Infinity) {
      this.#timer.set(Math.max(GATHER_MS, next - now()));
    }
  }

  async #ask(entities: readonly string[]): Promise<void> {
    const abort = new AbortController();
    this.#aborts.add(abort);
    entities.forEach((entity) => this.#asked.add(entity));
    const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
    try {
      const address = `${this.#address}?ids=${entities.map(written).join("%2C")}`;
      const answer = await fetch(address, { signal: abort.signal, credentials: "omit" });
      const { ok, status } = answer;
      const told = answer.headers.get("retry-after");
      // A relay that does not take the question, as one of before there were profiles, has none.
      const none = status >= 400 && status < 500 && status !== 429;
      const all = ok ? profilesIn(await answer.json()) : none ? NOTHING : null;
      if (all === null) {
        this.#failed(told);
      } else {
        this.#failures = 0;
        this.#take(entities, all);
      }
    } catch {
      this.#failed(null);
    } finally {
      clearTimeout(timer);
      this.#aborts.delete(abort);
      entities.forEach((entity) => this.#asked.delete(entity));
      this.#soon();
      this.#answered.notify();
    }
  }

  /** Waits as long as was asked for, in seconds, or longer after each failure; by chance a little more, so that not all come at once. */
  #failed(told: string | null): void {
    const own = FIRST_WAIT_MS * 2 ** this.#failures;
    const seconds = told === null ? NaN : Number(told);
    const wait = Number.isFinite(seconds) && seconds >= 0 ? Math.max(seconds * 1000, FIRST_WAIT_MS) : own;
    this.#failures = Math.min(this.#failures + 1, 6);
    this.#waitUntil = now() + Math.min(wait, LONGEST_WAIT_MS) * (1 + Math.random() / 4);
  }

  #take(asked: readonly string[], { found, pending }: Told): void {
    const time = now();
    const again = time + Math.min(FIRST_WAIT_MS * 2 ** this.#partial, LONGEST_WAIT_MS) * (1 + Math.random() / 4);
    this.#partial = pending.size === 0 ? 0 : Math.min(this.#partial + 1, 6);
    const byEntity = new Map(found.map((profile) => [profile.entity, profile]));
    for (const entity of asked) {
      const profile = byEntity.get(entity) ?? null;
      const before = this.#kept.get(entity)?.profile ?? null;
      this.#kept.delete(entity);
      if (profile === null && pending.has(entity)) {
        this.#kept.set(entity, { profile: before, until: again, pending: true });
        continue;
      }
      // The same object while nothing in it changed, so that nothing is drawn anew.
      const same = profile !== null && JSON.stringify(before) === JSON.stringify(profile);
      const until = time + (profile === null ? NONE_KEPT_MS : KEPT_MS);
      this.#kept.set(entity, { profile: same ? before : profile, until, pending: false });
    }
    this.#forget();
    this.#watches.forEach((watch) => this.#show(watch));
  }

  #forget(): void {
    if (this.#kept.size <= MOST_KEPT) {
      return;
    }
    const shown = new Set([...this.#watches].flatMap(({ entities }) => entities));
    for (const entity of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) {
        return;
      }
      if (!shown.has(entity)) {
        this.#kept.delete(entity);
      }
    }
  }

  #show(watch: Watch): void {
    const before = watch.store.getSnapshot();
    const next = new Map<string, Profile>();
    for (const entity of watch.entities) {
      const profile = this.#kept.get(entity)?.profile ?? null;
      if (profile !== null) {
        next.set(entity, profile);
      }
    }
    const same = next.size === before.size && [...next].every(([entity, profile]) => before.get(entity) === profile);
    if (!same && watch.store.set(next)) {
      watch.store.notify();
    }
  }
}

/** An entity in the list of the address: commas part entities, so those inside one are encoded twice. */
function written(entity: string): string {
  return encodeURIComponent(entity.replace(/[%,]/g, encodeURIComponent));
}

/** As many as one request may ask for, and its address may hold. */
function firstOf(entities: readonly string[]): readonly string[] {
  let room = ADDRESS_CHARACTERS;
  const end = entities.findIndex((entity, at) => at === PROFILE_IDS || (room -= written(entity).length + 3) < 0);
  return end < 0 ? entities : entities.slice(0, end);
}

function now(): number {
  return performance.now();
}

function checked(entities: Iterable<string>): readonly string[] {
  return [...new Set(entities)].map(checkedEntity);
}

/** The profiles of an answer, each made sound, and of whom it could not be told; throws for what is no answer. */
function profilesIn(answer: unknown): Told {
  const { profiles, pending } = answer as { profiles?: unknown; pending?: unknown };
  if (!Array.isArray(profiles)) {
    throw new ScorelayError("broken", `no profiles in ${textOf(answer)}`);
  }
  const found = profiles.map((given: Partial<Profile>) => ({
    entity: String(given.entity),
    name: typeof given.name === "string" ? given.name : "",
    avatar: typeof given.avatar === "string" ? given.avatar : null,
    badges: Array.isArray(given.badges) ? given.badges.map(String) : [],
    ranks: typeof given.ranks === "object" && given.ranks !== null ? given.ranks : {},
  }));
  return { found, pending: new Set(Array.isArray(pending) ? pending.map(String) : []) };
}
