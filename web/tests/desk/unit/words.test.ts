/** The desk in words: states, paths, values; and the address that names it. */
import { expect, test } from "vitest";

import { readDeskAddress, readPart, showMeetId } from "../../../src/desk/address.ts";
import { attemptPath, entryPath, leafPath, meetPath, pathWords, stagePath, valueWords } from "../../../src/desk/paths.ts";
import { stateWords, whyWords } from "../../../src/desk/words.ts";
import type { MeetState, Overruled, PendingState } from "../../../src/meet/index.ts";
import { entry, tree } from "../../meet/made.ts";

const LIVE: MeetState = { kind: "live", since: 0, error: null, reason: null, sent: 0, total: 0, finished: false, logHalfFull: false };
const NONE: PendingState = { count: 0, heldUp: null, saved: true };

/** L7: offline is a state to work in. */
test("offline says how much waits, and that it is kept", () => {
  const offline: MeetState = { ...LIVE, kind: "offline" };
  expect(stateWords(offline, NONE).text).toBe("Offline. Go on working: what you enter is kept here and sent later.");
  expect(stateWords(offline, { ...NONE, count: 4 }).text).toBe("Offline. 4 changes waiting on this laptop.");
  expect(stateWords(offline, { ...NONE, count: 1, saved: false }).text).toBe("Offline. 1 change waiting on this laptop, not yet on its disk.");
});

/** L15: the state of the connection. */
test("each state says what is so", () => {
  expect(stateWords(LIVE, NONE)).toEqual({ tone: "live", text: "Live" });
  expect(stateWords(LIVE, { ...NONE, count: 2 }).text).toBe("Live. 2 changes on the way.");
  expect(stateWords({ ...LIVE, finished: true }, NONE).text).toContain("finished");
  expect(stateWords({ ...LIVE, kind: "restoring", sent: 50, total: 200 }, NONE).text).toContain("25 %");
  expect(stateWords({ ...LIVE, kind: "logged-out", reason: "password" }, NONE).text).toContain("Join again");
  expect(stateWords({ ...LIVE, kind: "elsewhere" }, NONE).text).toContain("another tab");
});

test("paths and values are said as people say them", () => {
  const meet = { ...tree([entry(5000, { name: "Ada Brandt" })]), deleted: [entry(5001, { name: "Gone" })] };
  expect(pathWords(attemptPath(5000, "squat", 2), meet)).toBe("Ada Brandt, squat 2");
  expect(pathWords(leafPath(5001, "bodyweightKg"), meet)).toBe("Gone, body weight");
  expect(pathWords(entryPath(7), meet)).toBe("Entry 7, the whole entry");
  expect(pathWords(meetPath("platformsOnDays"), meet)).toBe("The meet’s platforms on days");
  expect(pathWords(stagePath(2), meet)).toBe("What stage 2 shows");
  const say = (value: Parameters<typeof valueWords>[0], path = "meet.name") => valueWords(value, meet, path);
  expect([say(undefined), say(null), say(""), say(true), say("Open"), say([60, 75])]).toEqual(["nothing", "empty", "empty", "yes", "Open", "60, 75"]);
  expect(say(82.5, leafPath(5000, "bodyweightKg"))).toBe("82.5 kg");
  expect(say({ kg: 105, result: "no-lift" })).toBe("105 kg, no lift");
  expect(say({ flight: "A", lift: "squat", attempt: 2, lifter: 5000 })).toBe("flight A squat 2 Ada Brandt");
});

/** L8: an author is told why a change does not stand. */
test("each reason is told", () => {
  const one: Overruled = { line: 1, path: "meet.name", mine: "a", why: "overruled", stands: "b", location: "Weigh-in" };
  expect(whyWords(one)).toBe("The value from Weigh-in stands.");
  const reasons = ["overruled", "late", "no-such-entry", "entry-exists", "not-your-block", "not-driver"] as const;
  const told = reasons.map((why) => whyWords({ ...one, why, location: null }));
  expect(new Set(told).size).toBe(reasons.length);
});

test("an address names a meet and a part", () => {
  expect(readDeskAddress("?meet=123456789").meet).toBe("123-456-789");
  expect(readDeskAddress("?meet=123-456-789").meet).toBe("123-456-789");
  expect(readDeskAddress("?meet=12345").meet).toBeNull();
  expect(showMeetId("123456789")).toBe("123-456-789");
  expect([readPart("#results"), readPart("#nothing"), readPart("")]).toEqual(["results", "lifting", "lifting"]);
});
