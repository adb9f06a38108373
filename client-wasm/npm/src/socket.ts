/**
 * One WebSocket after the other, as the core asks for them. Whatever an abandoned one still says is not heard. When to
 * connect, and what to send, is the core's business.
 */

import { textOf } from "./errors.js";
import type { WebSocketConstructor, WebSocketLike } from "./types.js";

/** How long a Node socket that was closed may wait for the other side. */
const TERMINATE_MS = 1_000;

/** What is heard of the socket. */
export interface SocketEvents {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** `unreachable`: it never was open. */
  lost(unreachable: boolean, why: string): void;
}

/** The transport of one client. */
export class Socket {
  readonly #make: WebSocketConstructor;
  readonly #url: string;
  readonly #protocol: string;
  readonly #events: SocketEvents;
  #current: WebSocketLike | null = null;

  constructor(make: WebSocketConstructor, url: string, protocol: string, events: SocketEvents) {
    this.#make = make;
    this.#url = url;
    this.#protocol = protocol;
    this.#events = events;
  }

  connect(): void {
    this.close();
    let open = false;
    let failure = "";
    let socket: WebSocketLike;
    try {
      socket = new this.#make(this.#url, this.#protocol);
      socket.binaryType = "arraybuffer";
    } catch (error) {
      this.#events.lost(true, textOf(error));
      return;
    }
    this.#current = socket;
    const lost = (why: string): void => {
      this.close();
      this.#events.lost(!open, why);
    };
    socket.onopen = () => {
      open = true;
      this.#events.opened();
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (data instanceof ArrayBuffer || Object.prototype.toString.call(data) === "[object ArrayBuffer]") {
        this.#events.message(new Uint8Array(data as ArrayBuffer));
      } else {
        lost("the relay sent text");
      }
    };
    socket.onerror = (event: { message?: unknown } | undefined) => {
      failure = typeof event?.message === "string" ? event.message : "";
    };
    socket.onclose = (event: { code?: number; reason?: string } | undefined) => {
      lost(failure || closeText(event?.code, event?.reason));
    };
  }

  send(bytes: Uint8Array): void {
    try {
      this.#current?.send(bytes);
    } catch (error) {
      this.close();
      this.#events.lost(false, textOf(error));
    }
  }

  /** Closes or abandons the socket; nothing more is heard of it. */
  close(): void {
    const socket = this.#current;
    this.#current = null;
    if (socket === null) {
      return;
    }
    socket.onopen = socket.onmessage = ignore;
    // The package `ws` treats an error that nobody handles as one of the program.
    socket.onerror = ignore;
    const { terminate } = socket as { terminate?: () => void };
    const timer = typeof terminate === "function" ? setTimeout(() => terminate.call(socket), TERMINATE_MS) : undefined;
    socket.onclose = () => clearTimeout(timer);
    try {
      socket.close();
    } catch {
      // A socket that cannot be closed is none.
    }
  }
}

function ignore(): void {}

function closeText(code: number | undefined, reason: string | undefined): string {
  // 1005 and 1006 are made up by the WebSocket itself where the relay said nothing.
  if (code === undefined || code === 1006) {
    return "no connection, or it broke";
  }
  return `closed by the relay: ${code === 1005 ? "without a code" : code} ${reason ?? ""}`.trimEnd();
}
