/**
 * What people hold of a desk: `Meet`, over the desk of this tab. What is asked of the core waits until the desk is live.
 */

import { ScorelayError, thrownByCore } from "./errors.js";
import type { Host } from "./extension.js";
import { disposable } from "./handles.js";
import type { MeetCore } from "./meet-core.js";
import type { Desk } from "./meet-desk.js";
import type { Keeping, Meet, MeetSession, MeetValue } from "./meet-types.js";
import { randomBytes, toJson, tokenText } from "./meet-values.js";
import type { Store, WaitOptions } from "./types.js";
import { abortable, watching } from "./wait.js";

/** Bytes of a token, and of a desk's id. */
const SECRETS = 32 + 16;
const CLAIMS = ["claim", "take-over", "leave"] as const;

/** The handle of a desk. */
export function handleOf(host: Host, desk: Desk, keeping: Store<Keeping>): Meet {
  const command = <T>(options: WaitOptions, ask: (core: MeetCore, now: number, number: number) => number): Promise<T> =>
    abortable<T>(options, (resolve, reject) => {
      const number = machine(desk);
      const no = host.call((core, now) => ask(core as MeetCore, now, number));
      desk.commands.set(no, { resolve, reject });
      return () => {
        if (desk.commands.delete(no) && desk.number === number) {
          host.call((core) => (core as MeetCore).cancel(number, no));
        }
      };
    });
  const setAll = (changes: Iterable<readonly [string, MeetValue]>): void => {
    const number = machine(desk);
    const edits = Array.from(changes, ([path, value]) => `[${JSON.stringify(path)},${toJson(value)}]`);
    host.give((core, now) => (core as MeetCore).setMeet(now, number, `[${edits.join(",")}]`));
  };
  const meet: Omit<Meet, typeof Symbol.dispose> = {
    subscribe: desk.shown.subscribe,
    getSnapshot: desk.shown.getSnapshot,
    get id() {
      return desk.about.meet;
    },
    get location() {
      return desk.about.location;
    },
    get block() {
      return desk.about.block;
    },
    locations: readOnly(desk.locations),
    state: readOnly(desk.state),
    pending: readOnly(desk.pending),
    overruled: readOnly(desk.overruled),
    keeping: readOnly(keeping),
    drives: readOnly(desk.drives),
    get: (path) => desk.tree.get(path),
    set: (path, value) => setAll([[path, value]]),
    setAll,
    nextEntry: () => nextEntry(desk),
    useMineAgain: (line) => {
      const number = machine(desk);
      host.give((core, now) => (core as MeetCore).setAgain(now, number, line));
    },
    dismiss: (line) => {
      const number = machine(desk);
      host.give((core, now) => (core as MeetCore).dismiss(now, number, line));
    },
    settled: (options = {}) =>
      abortable<void>(options, (resolve, reject) => {
        const check = (): void => {
          if (desk.pending.getSnapshot().count === 0) {
            resolve();
          } else if (desk.state.getSnapshot().kind === "closed") {
            reject(desk.state.getSnapshot().error ?? closed());
          }
        };
        const ends = [watching(desk.pending, check), watching(desk.state, check)];
        return () => ends.forEach((end) => end());
      }),
    join: ({ password, ...options }) => entered(host, desk, options, (core, now, number, random) => {
      core.joinMeet(now, number, desk.about.meet, desk.about.location, password, random);
    }),
    takeOver: async () => {
      if (desk.state.getSnapshot().kind === "elsewhere") {
        await desk.start("take");
      }
    },
    addLocation: async ({ name, priority }, options = {}) => {
      await command(options, (core, now, number) => core.addLocation(now, number, name, priority));
    },
    sessions: async (options = {}) =>
      command<ReadonlyArray<MeetSession>>(options, (core, now, number) => core.sessions(now, number)),
    revoke: async (session, options = {}) => {
      await command(options, (core, now, number) => core.revoke(now, number, session));
    },
    changePassword: async ({ old, new: next, ...options }) => {
      await command(options, (core, now, number) => core.changePassword(now, number, old, next));
    },
    displayLink: async (options = {}) => {
      const token = randomBytes(32);
      await command(options, (core, now, number) => core.displayLink(now, number, token));
      return { meet: desk.about.meet, token: tokenText(token) };
    },
    drive: async (stage, claim = "claim", options = {}) => {
      await command(options, (core, now, number) => core.drive(now, number, stage, CLAIMS.indexOf(claim)));
    },
    publish: async ({ csv, returnAddress, force = false, ...options }) => ({
      number: await command<number>(options, (core, now, number) => core.publish(now, number, csv, returnAddress, force)),
    }),
    leave: async (options = {}) => {
      const { session } = desk.about;
      if (session === null) {
        throw closed();
      }
      await command(options, (core, now, number) => core.revoke(now, number, session));
    },
    close: () => desk.close(null),
  };
  return disposable(meet);
}

/** Gets a desk into its meet: done when it has all there is. */
export function entered(
  host: Host,
  desk: Desk,
  options: WaitOptions,
  open: (core: MeetCore, now: number, number: number, random: Uint8Array) => void,
): Promise<void> {
  return abortable<void>(options, (resolve, reject) => {
    const number = machine(desk);
    host.call((core, now) => {
      try {
        open(core as MeetCore, now, number, randomBytes(SECRETS));
      } catch (error) {
        throw thrownByCore(error);
      }
    });
    const waiting = { resolve, reject };
    desk.entering = waiting;
    return () => {
      if (desk.entering === waiting) {
        desk.entering = null;
      }
    };
  });
}

function machine(desk: Desk): number {
  if (desk.number === null) {
    const { kind, error } = desk.state.getSnapshot();
    const why = kind === "elsewhere" ? "another tab of this browser has the desk open" : error?.message;
    throw new ScorelayError("meet-closed", why ?? "the desk is closed");
  }
  return desk.number;
}

function closed(): ScorelayError {
  return new ScorelayError("meet-closed", "the desk is closed");
}

function nextEntry(desk: Desk): number {
  const { block } = desk.about;
  if (block === null) {
    throw new ScorelayError("not-ready", "the meet has not been received yet", true);
  }
  let id = block.first;
  while (desk.tree.has(id)) {
    id += 1;
  }
  return id;
}

function readOnly<T>({ subscribe, getSnapshot }: Store<T>): Store<T> {
  return { subscribe, getSnapshot };
}
