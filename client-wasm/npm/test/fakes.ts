/**
 * A core that does what a test says and notes what it is told, and a WebSocket that goes nowhere.
 */

import { vi } from "vitest";
import { connectWith } from "../src/connect.js";
import type { Core } from "../src/core.js";
import type { Client, ConnectOptions, WebSocketLike } from "../src/types.js";
import { packed, type PackedWriter } from "./packed-writer.js";

/** Inputs of a core that give an output. */
export type Input = "poll" | "connected" | "message" | "disconnected" | "timeout" | "hurry" | "close";

/** A core whose outputs are those put into `outputs`, by input; else only a timer that is off. */
export class FakeCore implements Core {
  static last: FakeCore;
  static limits = (): Uint32Array => Uint32Array.of();
  static protocol = (): string => "fake.v1";
  /** Outputs of a core to be made: it can be asked as soon as it is loaded. */
  static first: Partial<Record<Input, PackedWriter>> = {};

  /** Every call with its arguments, but times. */
  readonly calls: unknown[][] = [];
  outputs: Partial<Record<Input, PackedWriter>> = FakeCore.first;
  #given = 0;

  constructor(readonly agent: string) {
    FakeCore.last = this;
  }

  watch(...args: unknown[]): number {
    return this.#number("watch", args);
  }
  setWindow(...args: unknown[]): void {
    this.calls.push(["setWindow", ...args]);
  }
  unwatch(...args: unknown[]): void {
    this.calls.push(["unwatch", ...args]);
  }
  track(...args: unknown[]): void {
    this.calls.push(["track", ...args]);
  }
  untrack(...args: unknown[]): void {
    this.calls.push(["untrack", ...args]);
  }
  pace(...args: unknown[]): void {
    this.calls.push(["pace", ...args]);
  }
  find(_now: number, ...args: unknown[]): number {
    return this.#number("find", args);
  }
  around(_now: number, ...args: unknown[]): number {
    return this.#number("around", args);
  }
  poll(): Uint8Array {
    return this.#output("poll", []);
  }
  connected(): Uint8Array {
    return this.#output("connected", []);
  }
  message(_now: number, bytes: Uint8Array): Uint8Array {
    return this.#output("message", [[...bytes]]);
  }
  disconnected(_now: number, ...args: unknown[]): Uint8Array {
    return this.#output("disconnected", args);
  }
  timeout(): Uint8Array {
    return this.#output("timeout", []);
  }
  hurry(): Uint8Array {
    return this.#output("hurry", []);
  }
  close(): Uint8Array {
    return this.#output("close", []);
  }
  stats(): Float64Array {
    return Float64Array.of(1, 2, 3, 4, 5, 6, 7);
  }
  free(): void {
    this.calls.push(["free"]);
  }

  /** How often something was called. */
  count(name: string): number {
    return this.calls.filter(([called]) => called === name).length;
  }

  #number(name: string, args: unknown[]): number {
    this.calls.push([name, ...args]);
    this.#given += 1;
    return this.#given;
  }

  #output(name: Input, args: unknown[]): Uint8Array {
    this.calls.push([name, ...args]);
    const output = this.outputs[name] ?? packed().timer();
    delete this.outputs[name];
    return output.bytes();
  }
}

/** A WebSocket that a test plays the relay of. */
export class FakeSocket implements WebSocketLike {
  static all: FakeSocket[] = [];
  binaryType = "blob";
  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  readonly sent: number[][] = [];
  closed = false;

  constructor(
    readonly url: string,
    readonly protocol?: string | string[],
  ) {
    FakeSocket.all.push(this);
  }

  send(data: Uint8Array): void {
    this.sent.push([...data]);
  }

  close(): void {
    this.closed = true;
  }

  /** A message of the relay; what it says comes out of the core, so its bytes hardly matter. */
  receive(...bytes: number[]): void {
    this.onmessage?.({ data: Uint8Array.from(bytes).buffer });
  }
}

/** A client of a fake core. Its socket is there after `await settled()`. */
export function fakeClient(options: ConnectOptions = {}, first: FakeCore["outputs"] = {}): Client {
  FakeSocket.all = [];
  FakeCore.first = { poll: packed().connect().timer(), ...first };
  const given = { url: "http://relay.test", WebSocket: FakeSocket, ...options };
  return connectWith(given, () => Promise.resolve(FakeCore), () => Promise.reject(new Error("none")));
}

/** After all promises and microtasks of now. */
export function settled(): Promise<void> {
  return vi.waitFor(async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await Promise.resolve();
    }
  });
}

/** A client that is connected, its core, and its socket. */
export async function connectedClient(
  options: ConnectOptions = {},
): Promise<{ client: Client; core: FakeCore; socket: FakeSocket }> {
  const client = fakeClient(options);
  await settled();
  const socket = FakeSocket.all[0]!;
  FakeCore.last.outputs.connected = packed().send([1, 2, 3]).timer();
  socket.onopen?.({});
  return { client, core: FakeCore.last, socket };
}
