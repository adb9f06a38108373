/**
 * One output of the core, record after record: stores are changed and questions answered at once, what the transport is to
 * do is given back, to be done afterwards. Nobody is told of any change here.
 */

import { ScorelayError } from "./errors.js";
import { emptyTrack, emptyView } from "./handles.js";
import { PackedReader } from "./packed.js";
import * as records from "./records.js";
import type { Requests } from "./requests.js";
import type { OwnedStore } from "./store.js";
import type { BoardSnapshot, BoardSummary, ConnectionState, TrackSnapshot } from "./types.js";

const { Tag } = records;

/** Where an output goes. */
export interface Sink {
  readonly requests: Requests;
  readonly state: OwnedStore<ConnectionState>;
  readonly directory: OwnedStore<ReadonlyArray<BoardSummary> | null>;
  /** The store of a view that is open. */
  view(number: number): OwnedStore<BoardSnapshot> | undefined;
  /** The store of an entity that is followed. */
  track(entity: string): OwnedStore<TrackSnapshot> | undefined;
  /** Reads a record that is not the client's; whether it was one. */
  other(tag: number, reader: PackedReader, todo: Array<() => void>): boolean;
  /** Changes a store. */
  set<T>(store: OwnedStore<T>, value: T): void;
  connect(): void;
  closeSocket(): void;
  send(bytes: Uint8Array): void;
  /** When to ask the core again, in place of the time before. */
  wake(at: number | null): void;
}

/** Reads an output; gives what the transport is to do, in order. */
export function readOutput(output: Uint8Array, sink: Sink): Array<() => void> {
  const reader = new PackedReader(output);
  const todo: Array<() => void> = [];
  while (!reader.done) {
    readRecord(reader, sink, todo);
  }
  return todo;
}

function readRecord(reader: PackedReader, sink: Sink, todo: Array<() => void>): void {
  const { requests, state, directory } = sink;
  const tag = reader.u8();
  switch (tag) {
    case Tag.Connect:
      todo.push(() => sink.connect());
      break;
    case Tag.Close:
      reader.string();
      todo.push(() => sink.closeSocket());
      break;
    case Tag.Send: {
      const bytes = reader.blob();
      todo.push(() => sink.send(bytes));
      break;
    }
    case Tag.Status:
      sink.set(state, records.readStatus(reader, state.getSnapshot()));
      break;
    case Tag.Directory:
      sink.set(directory, records.readDirectory(reader, directory.getSnapshot()));
      break;
    case Tag.View: {
      const store = sink.view(reader.u32());
      const snapshot = records.readView(reader, store?.getSnapshot() ?? emptyView("", 1));
      if (store !== undefined) {
        sink.set(store, snapshot);
      }
      break;
    }
    case Tag.ViewEdits: {
      const store = sink.view(reader.u32());
      const snapshot = records.readViewEdits(reader, store?.getSnapshot() ?? emptyView("", 1));
      if (store !== undefined) {
        sink.set(store, snapshot);
      }
      break;
    }
    case Tag.Track: {
      const entity = reader.string();
      const store = sink.track(entity);
      const snapshot = records.readTrack(reader, store?.getSnapshot() ?? emptyTrack(entity));
      if (store !== undefined) {
        sink.set(store, snapshot);
      }
      break;
    }
    case Tag.Found:
      requests.answered(reader.u32(), records.readFound(reader));
      break;
    case Tag.Around:
      requests.answered(reader.u32(), records.readAround(reader));
      break;
    case Tag.Failed:
      requests.failed(reader.u32(), records.readError(reader));
      break;
    case Tag.Refused: {
      const { code, message } = records.readError(reader);
      console.warn(`scorelay: the relay refused something: ${code}: ${message}`);
      break;
    }
    case Tag.Timer: {
      const at = reader.time();
      todo.push(() => sink.wake(at));
      break;
    }
    default:
      if (sink.other(tag, reader, todo)) {
        break;
      }
      throw new ScorelayError("broken", `a record of kind ${tag}`);
  }
}
