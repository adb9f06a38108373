/**
 * Where desks are kept: in the browser's IndexedDB, or, where there is none, in memory. A save is one transaction that is on
 * the disk when it has ended. Each opening of a desk gets a number, and a save by an earlier one is refused, so that of two
 * tabs only one ever writes, whatever became of their locks.
 */

import { ScorelayError, textOf } from "./errors.js";
import type { Save } from "./meet-records.js";

/** A desk that is kept. */
export interface KeptDesk {
  /** Its name here. */
  readonly desk: string;
  /** The meet's id; empty while it is being made. */
  readonly meet: string;
  readonly location: string;
  readonly name: string;
}

/** All that is kept. */
export interface Storage {
  /** Whether what is kept outlasts the page. */
  readonly lasting: boolean;
  list(): Promise<ReadonlyArray<KeptDesk>>;
  /** What is kept of a desk, as the core reads it; from now on only this opening writes. */
  open(desk: string): Promise<DeskBox>;
  /** How many changes wait in it. */
  waiting(desk: string): Promise<number>;
  remove(desk: string): Promise<void>;
}

/** A desk that is open for writing. */
export interface DeskBox {
  /** Keys and bytes; empty where nothing is kept. */
  readonly kept: Uint8Array;
  /** Does saves for good. Fails with `elsewhere` once another opening has it. */
  save(saves: readonly Save[]): Promise<void>;
}

interface Row extends KeptDesk {
  readonly opened: number;
}

const DATABASE = "scorelay-meets";
const DESKS = "desks";
const RECORDS = "records";
/** The first byte of the key of an own change that waits. */
const PENDING_KIND = 3;

/** What this browser has; memory where it has nothing that works. */
export async function openStorage(): Promise<Storage> {
  try {
    const { indexedDB } = globalThis as { indexedDB?: IDBFactory };
    if (indexedDB !== undefined) {
      return new DatabaseStorage(await openDatabase(indexedDB));
    }
  } catch (error) {
    console.warn(`scorelay: IndexedDB cannot be used: ${textOf(error)}`);
  }
  return new MemoryStorage();
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  const opening = factory.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(DESKS, { keyPath: "desk" });
    opening.result.createObjectStore(RECORDS);
  };
  return new Promise((resolve, reject) => {
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("another page holds on to an older one"));
  });
}

class DatabaseStorage implements Storage {
  readonly lasting = true;
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  list(): Promise<ReadonlyArray<KeptDesk>> {
    return this.#run<KeptDesk[]>("readonly", (tx, done) => {
      const all = tx.objectStore(DESKS).getAll() as IDBRequest<Row[]>;
      all.onsuccess = () => done(all.result.map(({ desk, meet, location, name }) => ({ desk, meet, location, name })));
    });
  }

  async open(desk: string): Promise<DeskBox> {
    type Opened = { kept: Uint8Array; opened: number };
    const { kept, opened } = await this.#run<Opened>("readwrite", (tx, done) => {
      const row = tx.objectStore(DESKS).get(desk) as IDBRequest<Row | undefined>;
      row.onsuccess = () => {
        const opened = (row.result?.opened ?? 0) + 1;
        if (row.result !== undefined) {
          tx.objectStore(DESKS).put({ ...row.result, opened });
        }
        const records = tx.objectStore(RECORDS);
        const keys = records.getAllKeys(all(desk));
        const bytes = records.getAll(all(desk)) as IDBRequest<Uint8Array[]>;
        bytes.onsuccess = () => {
          const named = keys.result as Array<[string, ArrayBuffer]>;
          done({ opened, kept: packed(named.map(([, key], at) => [new Uint8Array(key), bytes.result[at]!])) });
        };
      };
    });
    let saved = kept.length > 0;
    const save = async (saves: readonly Save[]): Promise<void> => {
      await this.#save(desk, saved ? opened : null, saves);
      saved = true;
    };
    return { kept, save };
  }

  waiting(desk: string): Promise<number> {
    return this.#run<number>("readonly", (tx, done) => {
      const range = IDBKeyRange.bound([desk, Uint8Array.of(PENDING_KIND)], [desk, Uint8Array.of(PENDING_KIND + 1)]);
      const count = tx.objectStore(RECORDS).count(range);
      count.onsuccess = () => done(count.result);
    });
  }

  async remove(desk: string): Promise<void> {
    await this.#run<void>("readwrite", (tx, done) => {
      tx.objectStore(DESKS).delete(desk);
      tx.objectStore(RECORDS).delete(all(desk));
      done();
    });
  }

  /** `opened`: the number of the opening; `null` where nothing was kept yet. */
  async #save(desk: string, opened: number | null, saves: readonly Save[]): Promise<void> {
    await this.#run<void>("readwrite", (tx, done, refuse) => {
      const desks = tx.objectStore(DESKS);
      const row = desks.get(desk) as IDBRequest<Row | undefined>;
      row.onsuccess = () => {
        // One that was removed meanwhile must not come back in part.
        if ((row.result?.opened ?? null) !== opened) {
          refuse(new ScorelayError("elsewhere", "another tab of this browser has the desk"));
          return;
        }
        const { meet, location, name } = saves[saves.length - 1]!;
        desks.put({ desk, meet, location, name, opened: opened ?? 1 } satisfies Row);
        saves.forEach((save) => write(tx.objectStore(RECORDS), desk, save));
        done();
      };
    });
  }

  /** A transaction; what it is `done` with is given once it is on the disk. */
  #run<T>(
    mode: IDBTransactionMode,
    work: (tx: IDBTransaction, done: (result: T) => void, refuse: (why: Error) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const tx = this.#database.transaction([DESKS, RECORDS], mode, { durability: "strict" });
      let result: T;
      let why: Error | undefined;
      tx.oncomplete = () => resolve(result);
      tx.onabort = () => reject(why ?? kindOf(tx.error));
      work(
        tx,
        (done) => (result = done),
        (refused) => {
          why = refused;
          tx.abort();
        },
      );
    });
  }
}

function write(records: IDBObjectStore, desk: string, { changes }: Save): void {
  for (const change of changes) {
    if (change.kind === "put") {
      records.put(change.bytes, [desk, change.key as BufferSource]);
    } else if (change.kind === "remove") {
      records.delete([desk, change.key as BufferSource]);
    } else {
      const last = Uint8Array.of(change.key[0]! + 1);
      records.delete(IDBKeyRange.bound([desk, change.key as BufferSource], [desk, last], true, true));
    }
  }
}

/** All records of a desk: bytes come after texts, and lists after bytes. */
function all(desk: string): IDBKeyRange {
  return IDBKeyRange.bound([desk], [desk, []]);
}

/** What the core reads: of each record its key, its length, its bytes. */
function packed(records: ReadonlyArray<readonly [Uint8Array, Uint8Array]>): Uint8Array {
  const bytes = new Uint8Array(records.reduce((length, [key, value]) => length + key.length + 4 + value.length, 0));
  let at = 0;
  for (const [key, value] of records) {
    bytes.set(key, at);
    at += key.length;
    new DataView(bytes.buffer).setUint32(at, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + value.length;
  }
  return bytes;
}

function kindOf(error: DOMException | null): ScorelayError {
  if (error?.name === "QuotaExceededError") {
    return new ScorelayError("no-space", "this browser has no more room to keep what is set; make some on the disk", true);
  }
  return new ScorelayError("not-kept", `this browser does not keep what is set: ${textOf(error)}`);
}

/** Keeps nothing: what is set lives as long as its desk. */
class MemoryStorage implements Storage {
  readonly lasting = false;

  async list(): Promise<ReadonlyArray<KeptDesk>> {
    return [];
  }

  async open(): Promise<DeskBox> {
    return { kept: new Uint8Array(), save: async () => {} };
  }

  async waiting(): Promise<number> {
    return 0;
  }

  async remove(): Promise<void> {}
}
