/** A real IRC server (ngircd) on loopback, and people who talk on it through plain sockets. */
import { existsSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";

import { freePort } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { DEADLINE, until } from "./until.ts";

/** Starts the server with the channels `#one` and `#two`, and gives its port. */
export async function startIrc(stage: Stage): Promise<number> {
  const port = await freePort();
  const config = stage.write(
    "ngircd.conf",
    `[Global]\nName = irc.test\nInfo = test\nListen = 127.0.0.1\nPorts = ${port}\nMotdPhrase = hello\n` +
      "[Limits]\nMaxNickLength = 20\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n" +
      `[Options]\nDNS = no\nIdent = no\nPAM = no\nIncludeDir = ${stage.folder}\n` +
      "[Channel]\nName = #one\n[Channel]\nName = #two\n",
  );
  const program = ["/usr/sbin/ngircd", "/usr/bin/ngircd", "/usr/local/sbin/ngircd"].find((path) => existsSync(path));
  if (program === undefined) throw new Error("ngircd is missing: `apt-get install ngircd`");
  stage.start(program, "-n", "-f", config);
  await until("the IRC server listens", () => listens(port));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** One person on the server. */
export class Person {
  readonly nick: string;
  readonly #socket: Socket;
  #lines: string[] = [];
  #rest = "";
  #closed = false;

  private constructor(nick: string, port: number) {
    this.nick = nick;
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (text: string) => this.#take(text));
    this.#socket.on("error", () => (this.#closed = true));
    this.#socket.on("close", () => (this.#closed = true));
  }

  /** Registers and joins both channels. */
  static async join(stage: Stage, port: number, nick: string): Promise<Person> {
    const person = new Person(nick, port);
    stage.atEnd(async () => person.#socket.destroy());
    person.#send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
    await person.#hears("a welcome", (line) => line.includes(" 001 "));
    person.#send("JOIN #one,#two\r\n");
    await person.#hears("the names of #two", (line) => line.includes(" 366 ") && line.includes("#two"));
    return person;
  }

  /**
   * Says something, and waits until `other`, in the same channel, has heard it: the server passes lines on in one order,
   * so whoever else is there hears them in the order of these calls.
   */
  async say(channel: string, text: string, other: Person): Promise<void> {
    this.#send(`PRIVMSG ${channel} :${text}\r\n`);
    const said = `PRIVMSG ${channel} :${text}`;
    await other.#hears(said, (line) => line.startsWith(`:${this.nick}!`) && line.includes(said));
  }

  /** Waits until somebody whose nick begins with `prefix` is in both channels. */
  async sees(prefix: string): Promise<void> {
    for (const channel of ["#one", "#two"]) {
      await until(`${prefix} is in ${channel}`, () => this.#isIn(channel, prefix));
    }
  }

  /** Waits until nobody whose nick begins with `prefix` is in `#one`. */
  async misses(prefix: string): Promise<void> {
    await until(`${prefix} is gone`, async () => !(await this.#isIn("#one", prefix)));
  }

  async #isIn(channel: string, prefix: string): Promise<boolean> {
    let there = false;
    this.#send(`NAMES ${channel}\r\n`);
    await this.#hears(`the names of ${channel}`, (line) => {
      there ||= line.includes(" 353 ") && line.split(/[ :]/).some((name) => name.startsWith(prefix));
      return line.includes(" 366 ");
    });
    return there;
  }

  #send(text: string): void {
    this.#socket.write(text);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("PING ")) this.#send(`PONG ${line.slice(5)}\r\n`);
      else this.#lines.push(line);
    }
  }

  /** Reads on until a line is as wanted. */
  async #hears(what: string, wanted: (line: string) => boolean): Promise<void> {
    await until(`${this.nick} hears ${what}`, () => {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) if (wanted(line)) return true;
      if (this.#closed) throw new Error(`the IRC server closed ${this.nick}`);
      return false;
    }, DEADLINE);
  }
}
