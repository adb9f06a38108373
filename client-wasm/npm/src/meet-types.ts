/**
 * The public types of `scorelay/meet`: a meet as a desk holds it, and as a display shows it. Nothing here runs;
 * `meet-client.ts` implements it. Weights are kilograms, dates are `YYYY-MM-DD`, and numbers come back bit by bit.
 */

import type { ScorelayError } from "./errors.js";
import type { Client, Store, WaitOptions } from "./types.js";

/** One of the three lifts. */
export type Lift = "squat" | "bench" | "deadlift";
/** The number of an attempt. */
export type AttemptNumber = 1 | 2 | 3 | 4 | 5;

/** An attempt: what is on the bar and what came of it. */
export interface Attempt {
  /** Kilograms; 0 where none is declared. */
  readonly kg: number;
  readonly result: "open" | "good" | "no-lift";
}

/** Plates of one weight. */
export interface Plate {
  /** Kilograms of one. */
  readonly kg: number;
  readonly pairs: number;
  /** A CSS colour. */
  readonly color: string;
}

/** What is set of the meet itself; what is absent was never set, which is not the same as `null`. */
export interface MeetLeaves {
  readonly name?: string | null;
  readonly country?: string | null;
  readonly state?: string | null;
  readonly city?: string | null;
  readonly federation?: string | null;
  readonly date?: string | null;
  readonly formula?: string | null;
  readonly ageCoefficients?: string | null;
  readonly lengthDays?: number | null;
  readonly platformsOnDays?: ReadonlyArray<number> | null;
  readonly divisions?: ReadonlyArray<string> | null;
  readonly weightClassesKgMen?: ReadonlyArray<number> | null;
  readonly weightClassesKgWomen?: ReadonlyArray<number> | null;
  readonly weightClassesKgMx?: ReadonlyArray<number> | null;
  readonly squatBarAndCollarsWeightKg?: number | null;
  readonly benchBarAndCollarsWeightKg?: number | null;
  readonly deadliftBarAndCollarsWeightKg?: number | null;
  readonly plates?: ReadonlyArray<Plate> | null;
  readonly combineSleevesAndWraps?: boolean | null;
  readonly combineSingleAndMulti?: boolean | null;
  readonly allow4thAttempts?: boolean | null;
  readonly roundTotalsDown?: boolean | null;
  readonly inKg?: boolean | null;
  readonly showAlternateUnits?: boolean | null;
}

/** What is set of an entry, attempts aside. Displays never get the leaves that say so. */
export interface EntryLeaves {
  readonly day?: number | null;
  readonly platform?: number | null;
  readonly flight?: string | null;
  readonly name?: string | null;
  readonly sex?: string | null;
  /** Desks only. */
  readonly birthDate?: string | null;
  readonly age?: number | null;
  readonly country?: string | null;
  readonly state?: string | null;
  readonly intendedWeightClassKg?: string | null;
  readonly equipment?: string | null;
  /** Desks only. */
  readonly memberId?: string | null;
  readonly team?: string | null;
  readonly instagram?: string | null;
  /** Desks only. */
  readonly notes?: string | null;
  readonly lot?: number | null;
  readonly bodyweightKg?: number | null;
  readonly squatRackInfo?: string | null;
  readonly benchRackInfo?: string | null;
  /** Desks only. */
  readonly paid?: boolean | null;
  readonly guest?: boolean | null;
  readonly divisions?: ReadonlyArray<string> | null;
  readonly events?: ReadonlyArray<string> | null;
  /** Desks only. */
  readonly email?: string | null;
  readonly deleted?: boolean | null;
}

/** An entry's attempts, by `squat[1]` to `deadlift[5]`. */
export type EntryAttempts = { readonly [attempt in `${Lift}[${AttemptNumber}]`]?: Attempt };
/** What an entry is set to as a whole, once, when it is made. */
export type NewEntry = EntryLeaves & EntryAttempts;
/** An entry. The same object while nothing in it changes. */
export type MeetEntry = NewEntry & {
  /** Its number; of the block of the desk that made it. */
  readonly id: number;
};

/** What goes on on a stage. */
export interface Stage {
  readonly flight: string;
  readonly lift: Lift | null;
  readonly attempt: AttemptNumber | null;
  /** The id of the entry whose turn it is. */
  readonly lifter: number | null;
}

/** What is set of a meet. Objects in it are the same while nothing in them changes. Never change them. */
export interface MeetTree {
  readonly meet: MeetLeaves;
  /** In the order they were made, without the deleted ones. */
  readonly entries: ReadonlyArray<MeetEntry>;
  /** Entries that were deleted, and can be restored. */
  readonly deleted: ReadonlyArray<MeetEntry>;
  /** Stages by number. */
  readonly live: { readonly [stage: number]: Stage };
}

/** What a path is set to; `undefined`: nothing. */
export type MeetValue = MeetLeaves[keyof MeetLeaves] | EntryLeaves[keyof EntryLeaves] | Attempt | NewEntry | Stage | undefined;

/** A place that desks stand at. Where two desks set the same unseen, the larger priority stands, and on a tie the first. */
export interface Location {
  readonly name: string;
  /** 0 to 1,000. */
  readonly priority: number;
}

/** How to make a meet. */
export interface CreateMeetOptions extends WaitOptions {
  /** Where this desk stands: one of `locations`. */
  location: string;
  locations: ReadonlyArray<Location>;
  /** 10 to 128 characters, for those who join. */
  password: string;
}

/** How to join one. */
export interface JoinMeetOptions extends WaitOptions {
  /** Nine digits, separated or not. */
  meet: string;
  location: string;
  password: string;
}

/** What a desk is about. */
export interface MeetState {
  /**
   * `opening`: makes or joins the meet. `resyncing`: brings its log up to the core's. `live`: has all, and sends what is
   * set. `offline`: what is set is kept here and sent later; `error` says why, if there is a connection. `recovering`,
   * `restoring`: brings back what the core lost; `sent` of `total` bytes. `logged-out`: the session ended, what is here
   * stays; `reason` says what to do. `elsewhere`: another tab of this browser has the desk open; see `takeOver`.
   * `closed`: for good.
   */
  readonly kind:
    | "opening"
    | "resyncing"
    | "live"
    | "offline"
    | "recovering"
    | "restoring"
    | "logged-out"
    | "elsewhere"
    | "closed";
  /** Since when, in milliseconds since the Unix epoch. */
  readonly since: number;
  readonly error: ScorelayError | null;
  /** When logged out: `password`: join again. `left`: ended here. `finished`: cleared away. `refused`: see `error`. `another-meet`: the id is another meet's now. */
  readonly reason: "password" | "left" | "finished" | "refused" | "another-meet" | null;
  readonly sent: number;
  readonly total: number;
  /** Whether the meet is finished: what is set from then on comes too late. */
  readonly finished: boolean;
  /** Whether the log is half as long as it may be. */
  readonly logHalfFull: boolean;
}

/** Own changes that have not been settled. */
export interface PendingState {
  /** How many. */
  readonly count: number;
  /** Why they are not taken though the desk is live. */
  readonly heldUp: ScorelayError | null;
  /** Whether all of them are on this machine's disk. */
  readonly saved: boolean;
}

/** An own change that does not stand. */
export interface Overruled {
  /** Its line in the log; what `useMineAgain` and `dismiss` take. */
  readonly line: number;
  readonly path: string;
  /** What it set. */
  readonly mine: MeetValue;
  /**
   * `overruled`: by a desk that outranks this one, or by one that was first. `late`: the meet was finished. The others name
   * what was wrong with it: `no-such-entry`, `entry-exists`, `not-your-block`, `not-driver`.
   */
  readonly why: "overruled" | "late" | "no-such-entry" | "entry-exists" | "not-your-block" | "not-driver";
  /** The value that stands there now. */
  readonly stands: MeetValue;
  /** Where the desk stood that set it; `null` where that is not known. */
  readonly location: string | null;
}

/** A session of the meet. */
export interface MeetSession {
  readonly number: number;
  readonly role: "desk" | "display";
  /** Where a desk stands; a display has none. */
  readonly location: string | null;
  /** Whether it is this desk's. */
  readonly own: boolean;
  /** When it was opened, in milliseconds since the Unix epoch. */
  readonly opened: number;
  /** When it ends unless it is used; `null` for a display's, which lasts as long as the meet. */
  readonly ends: number | null;
}

/** How what a desk holds is kept. */
export interface Keeping {
  /** `lasting`: on disk, the browser will not clear it. `best-effort`: on disk, it may. `none`: lost when the page is closed. */
  readonly kind: "lasting" | "best-effort" | "none";
  /** What is wrong, for people; `null` when it is `lasting`. */
  readonly warning: string | null;
}

/** What a publication was answered. */
export interface Published {
  /** 1 for the first, one more for each correction. */
  readonly number: number;
}

/** A desk of a meet. Its snapshot is what people see: what is settled, and own changes over it. */
export interface Meet extends Store<MeetTree> {
  /** `123-456-789`. */
  readonly id: string;
  /** Where it stands. */
  readonly location: string;
  /** The ids that new entries of this desk may have: from `first` on, `count` of them; `null` until the log is there. */
  readonly block: { readonly first: number; readonly count: number } | null;
  /** The locations there are, in the order they were added. */
  readonly locations: Store<ReadonlyArray<Location>>;
  readonly state: Store<MeetState>;
  readonly pending: Store<PendingState>;
  readonly overruled: Store<ReadonlyArray<Overruled>>;
  readonly keeping: Store<Keeping>;
  /** What stands at a path, own changes over it. */
  get(path: string): MeetValue;
  /**
   * Sets a path; shown at once, kept on disk, and sent when that can be done.
   * @throws ScorelayError `bad-path`, `bad-value`, `too-long`, `not-ready` or `meet-closed`; nothing is changed then.
   */
  set(path: string, value: MeetValue): void;
  /** Sets several, in this order, as one: all of them, or, where one is refused, none. */
  setAll(changes: Iterable<readonly [path: string, value: MeetValue]>): void;
  /** The smallest id of this desk's block that no entry has, for a new one. */
  nextEntry(): number;
  /** Sets once more what does not stand, now that the other value is known. */
  useMineAgain(line: number): void;
  /** Takes an own change that does not stand off the list. */
  dismiss(line: number): void;
  /** Resolves when nothing set so far is waiting. */
  settled(options?: WaitOptions): Promise<void>;
  /** Joins again, with the password, where the session has ended. */
  join(options: { password: string } & WaitOptions): Promise<void>;
  /** Takes the desk from another tab of this browser. */
  takeOver(): Promise<void>;
  addLocation(location: Location, options?: WaitOptions): Promise<void>;
  sessions(options?: WaitOptions): Promise<ReadonlyArray<MeetSession>>;
  /** Ends a session. */
  revoke(session: number, options?: WaitOptions): Promise<void>;
  changePassword(given: { old: string; new: string } & WaitOptions): Promise<void>;
  /** A link's two parts for a display: what `watchMeet` takes. Whoever has them sees the public part until the meet is finished. */
  displayLink(options?: WaitOptions): Promise<DisplayLink>;
  /** Claims a stage, so that this desk says what goes on there; `take-over` also where another has it. */
  drive(stage: number, claim?: "claim" | "take-over" | "leave", options?: WaitOptions): Promise<void>;
  /** The stages that this desk drives. */
  readonly drives: Store<ReadonlyArray<number>>;
  /** Hands over the results. Refused with `desks-behind`, and names in its message, while desks hold changes back, unless `force`. */
  publish(given: { csv: string; returnAddress: string; force?: boolean } & WaitOptions): Promise<Published>;
  /** Ends this desk's session. */
  leave(options?: WaitOptions): Promise<void>;
  /** Lets go of the desk; what it holds stays in this browser. */
  close(): void;
  [Symbol.dispose](): void;
}

/** What a display link names. */
export interface DisplayLink {
  /** `123-456-789`. */
  readonly meet: string;
  /** 43 characters; a capability: whoever has it sees the public part. */
  readonly token: string;
}

/** What a display shows. It keeps what it had while there is no connection. */
export interface DisplaySnapshot {
  /** The public part; `null` until it has come. */
  readonly tree: MeetTree | null;
  readonly finished: boolean;
  /** Whether this is what an earlier connection showed last. */
  readonly held: boolean;
  /** Why nothing comes any more. */
  readonly gone: ScorelayError | null;
}

/** A meet shown by a display link, until it is closed. */
export interface MeetDisplay extends Store<DisplaySnapshot> {
  close(): void;
  [Symbol.dispose](): void;
}

/** A meet that this browser keeps. */
export interface KeptMeet {
  /** `123-456-789`; empty where it was to be made and no answer came. */
  readonly id: string;
  readonly location: string;
  /** As the log has it; empty if it has none. */
  readonly name: string;
}

/** A client that can do meets besides boards. */
export interface MeetClient extends Client {
  /**
   * Makes a meet, and is its first desk. Kept in this browser until `forgetMeet`. Where an earlier call with the same
   * locations got no answer before its page went, this one gets the meet of then, if the core had made it.
   */
  createMeet(options: CreateMeetOptions): Promise<Meet>;
  /** Joins a meet. Where this browser keeps a desk of it at that location, it is that desk. */
  joinMeet(options: JoinMeetOptions): Promise<Meet>;
  /** The meets that this browser keeps; with `unanswered` also those that were to be made and got no answer. */
  keptMeets(options?: { unanswered?: boolean }): Promise<ReadonlyArray<KeptMeet>>;
  /** Opens a kept meet, with or without a network; the location tells apart desks of one meet. Refused with `not-kept`. */
  openMeet(id: string, location?: string): Promise<Meet>;
  /**
   * Deletes what this browser keeps of a meet; the empty id is one that got no answer. Refused with `changes-waiting` where
   * changes wait, unless `force`.
   */
  forgetMeet(id: string, options?: { force?: boolean; location?: string }): Promise<void>;
  /** Shows a meet by a display link. */
  watchMeet(link: DisplayLink): MeetDisplay;
}
