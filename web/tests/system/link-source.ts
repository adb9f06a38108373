/**
 * A source of points on a core's link, as `docs/protocol.md` has it and as small as one can be: it publishes, and knows what
 * has become durable. It never connects again.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";

import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/** Points for an entity on a board that is scored elsewhere, in the board's units. */
export type Points = readonly [board: string, entity: string, units: number];

/** A connected source. */
export class LinkSource {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #published = 0;
  #durable = -1;
  #failed: string | null = null;

  private constructor(link: string, name: string) {
    const [host, port] = link.slice("tcp:".length).split(":");
    this.#socket = connect(Number(port), host);
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#socket.on("error", (error) => (this.#failed ??= error.message));
    this.#socket.on("close", () => (this.#failed ??= "the link was closed"));
    const role = [1, ...varint(7)];
    this.#send([0, ...varint(1), ...role, 0, ...varint(7), ...text(name)]);
  }

  /** Connects to a core's `tcp:` link. */
  static async connect(stage: Stage, link: string, name = "points"): Promise<LinkSource> {
    const source = new LinkSource(link, name);
    stage.atEnd(async () => source.#socket.destroy());
    await until("the core takes the source", () => source.#alive() && source.#durable >= 0);
    return source;
  }

  /** Gives points, and does not wait. */
  give(...all: readonly Points[]): void {
    this.#alive();
    for (const [board, entity, units] of all) {
      this.#published += 1;
      this.#send([1, ...varint(this.#published), 1, ...text(board), ...text(entity), ...zigzag(units)]);
    }
  }

  /** Events that are not durable yet. */
  get waiting(): number {
    this.#alive();
    return this.#published - this.#durable;
  }

  /** Waits until all points are durable. */
  async level(): Promise<void> {
    await until("all points are durable", () => this.waiting === 0);
  }

  #alive(): boolean {
    if (this.#failed !== null) throw new Error(`the source's link: ${this.#failed}`);
    return true;
  }

  #send(message: readonly number[]): void {
    const frame = Buffer.alloc(4 + message.length);
    frame.writeUInt32BE(message.length);
    frame.set(message, 4);
    this.#socket.write(frame);
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE();
      if (this.#received.length < end) return;
      this.#heard(this.#received.subarray(4, end));
      this.#received = this.#received.subarray(end);
    }
  }

  #heard(message: Buffer): void {
    const reader = new Reader(message);
    const tag = reader.varint();
    if (tag === 0) {
      reader.varint();
      for (let left = reader.varint(); left > 0; left--) reader.varint();
      this.#published = this.#durable = reader.varint();
    } else if (tag === 8) this.#durable = reader.varint();
    else if (tag === 9) this.#send([3, ...varint(reader.varint())]);
    else this.#failed ??= `message ${tag} came: ${message.toString("latin1")}`;
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Ids of nodes are longer than a number holds, and not looked at. */
  varint(): number {
    const first = this.#bytes[this.#at++]!;
    if (first < 0xfb) return first;
    const length = 2 ** (first - 0xfa);
    let value = 0;
    for (let at = length - 1; at >= 0; at--) value = value * 256 + this.#bytes[this.#at + at]!;
    this.#at += length;
    return value;
  }
}

function varint(value: number): number[] {
  if (value < 0xfb) return [value];
  const [first, length] = value < 2 ** 16 ? [0xfb, 2] : value < 2 ** 32 ? [0xfc, 4] : [0xfd, 8];
  const bytes = [first];
  for (let at = 0; at < length; at++) bytes.push(Math.floor(value / 256 ** at) % 256);
  return bytes;
}

function zigzag(value: number): number[] {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function text(value: string): number[] {
  const bytes = Buffer.from(value);
  return [...varint(bytes.length), ...bytes];
}
