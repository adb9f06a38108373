/**
 * M7 within an engine: streams of frames given to Scorelay's package and to its peers, each from what a socket hands
 * over to rows that a page can draw. It is the same script in Node and in Chromium.
 */

import { ByHand } from "./decode-by-hand.mjs";

/** Frames of one case, in the form each subject gets them. */
function prepare(frames, encode) {
  const form = (rows) => ({ json: JSON.stringify(rows), packed: encode(rows), rows });
  return frames.map(({ wire, rows }) => ({ wire: fromBase64(wire), ...form(rows) }));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

/** Copies what was there and puts in what differs; the first frame of a stream brings all rows. */
function merged(before, rows, window) {
  if (rows.length === window) {
    return rows;
  }
  const next = before.slice();
  for (let index = 0; index < rows.length; index += 1) {
    next[rows[index].rank - 1] = rows[index];
  }
  return next;
}

/** Subjects: each opens a stream and gives `take`, which takes a frame and gives the rows, and `close`. */
function subjects({ connect, decode }) {
  return {
    scorelay: (stream) => openPackage(connect, stream),
    "by hand": async ({ window, prologue }) => {
      const hand = new ByHand(window);
      prologue.forEach((message) => hand.message(message));
      return { take: ({ wire }) => (hand.message(wire), hand.rows), close: () => {} };
    },
    "JSON.parse": async ({ window }) => {
      let rows = [];
      return { take: ({ json }) => (rows = merged(rows, JSON.parse(json), window)), close: () => {} };
    },
    MessagePack: async ({ window }) => {
      let rows = [];
      return { take: ({ packed }) => (rows = merged(rows, decode(packed), window)), close: () => {} };
    },
  };
}

/** A client of the package, with a socket that says what it is told. */
async function openPackage(connect, { window, prologue, start }) {
  let socket = null;
  class Wire {
    constructor() {
      socket = this;
    }
    send() {}
    close() {}
  }
  const client = connect({ url: "ws://relay.invalid/v1/live", WebSocket: Wire });
  const view = client.board("bench").view({ from: 1, to: window });
  for (let turn = 0; socket === null && turn < 1_000; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  socket.onopen();
  const take = (wire) => {
    socket.onmessage({ data: wire });
    return view.getSnapshot().rows;
  };
  prologue.forEach(take);
  take(start);
  return { take: ({ wire }) => take(wire), close: () => client.close() };
}

/** What a case's stream is made of. */
function opened({ window, prologue, first, again, frames }, encode) {
  const [start] = prepare([first], encode);
  const [reset] = prepare([again], encode);
  return { window, prologue: prologue.map(fromBase64), start: start.wire, reset, frames: prepare(frames, encode) };
}

/** The measure: `check` compares all subjects after every frame, `round` gives one sample of each in every case. */
export function measure({ cases, seconds, connect, decode, encode, clock }) {
  const all = subjects({ connect, decode });
  const streams = cases.map((one) => ({ ...opened(one, encode), name: one.name, differing: one.differing }));
  return {
    async check() {
      for (const stream of streams) {
        await checked(all, stream);
      }
    },
    async round() {
      const samples = [];
      for (const stream of streams) {
        for (const [subject, open] of Object.entries(all)) {
          const rows_per_ms = await sample(await open(stream), stream, seconds, clock);
          samples.push({ case: stream.name, subject, rows_per_ms });
        }
      }
      return samples;
    },
  };
}

async function checked(all, stream) {
  const running = await Promise.all(Object.values(all).map((open) => open(stream)));
  const names = Object.keys(all);
  let expected = [];
  let before = names.map(() => []);
  for (const frame of [stream.reset, ...stream.frames]) {
    expected = merged(expected, frame.rows, stream.window);
    const wanted = JSON.stringify(expected);
    before = running.map(({ take }, index) => {
      const rows = take(frame);
      if (JSON.stringify(rows) !== wanted) {
        throw new Error(`${stream.name}: ${names[index]} shows other rows than were sent`);
      }
      const kept = rows.filter((row, at) => row === before[index][at]).length;
      if (rows.length - kept !== frame.rows.length && before[index].length > 0 && frame !== stream.reset) {
        const made = rows.length - kept;
        throw new Error(`${stream.name}: ${names[index]} made ${made} rows where ${frame.rows.length} differ`);
      }
      return rows;
    });
  }
  running.forEach(({ close }) => close());
}

/** Rows per millisecond, of passes through the stream until the time is over. The first pass only warms up. */
async function sample({ take, close }, { reset, frames, differing }, seconds, clock) {
  const pass = () => {
    let sum = 0;
    for (const frame of frames) {
      const rows = take(frame);
      sum += rows[0].score + rows[rows.length - 1].rank;
    }
    return sum;
  };
  take(reset);
  const once = pass();
  let [spent, passes] = [0, 0];
  while (spent < seconds * 1_000) {
    take(reset);
    const start = clock();
    const sum = pass();
    spent += clock() - start;
    passes += 1;
    if (sum !== once) {
      throw new Error("the same frames gave other rows");
    }
  }
  close();
  return (passes * frames.length * differing) / spent;
}
