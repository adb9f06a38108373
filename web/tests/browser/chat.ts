/** A chat as the core's source `http-stream` reads it: one endless answer of a local HTTP server, to which a test adds messages. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Who says something. */
export interface Chatter {
  readonly id: number;
  readonly name: string;
  readonly badges?: string;
}

/** The server. */
export class Chat {
  readonly #server: Server;
  readonly #readers = new Set<ServerResponse>();
  #said = "";

  private constructor() {
    this.#server = createServer((_, response) => {
      this.#readers.add(response);
      response.on("close", () => this.#readers.delete(response));
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(this.#said);
      this.#said = "";
    });
  }

  static async open(): Promise<Chat> {
    const chat = new Chat();
    chat.#server.listen(0, "127.0.0.1");
    await once(chat.#server, "listening");
    return chat;
  }

  /** The `[[source]]` that reads it. */
  get source(): string {
    return `[[source]]\nname = "chat"\nkind = "http-stream"\nurl = "http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/"\n`;
  }

  /** Says something so many times; what nobody reads yet is kept. `emotes`: as Twitch marks them. */
  say({ id, name, badges = "" }: Chatter, body: string, times = 1, emotes = ""): void {
    const tags = `user-id=${id};display-name=${name};badges=${badges};emotes=${emotes}`;
    const data = JSON.stringify({ command: "", room: "#room", nick: name.toLowerCase(), target: "", body, tags });
    this.write(`event: privmsg\nse-data: ${data}\n\n`.repeat(times));
  }

  /** Writes as it is. */
  write(text: string): void {
    if (this.#readers.size === 0) this.#said += text;
    for (const reader of this.#readers) reader.write(text);
  }

  close(): void {
    for (const reader of this.#readers) reader.destroy();
    this.#server.close();
  }
}
