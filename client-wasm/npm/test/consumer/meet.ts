/**
 * What somebody may write who uses meets; `consumer.test.ts` compiles it, nothing runs it.
 */

import { connect, ScorelayError } from "scorelay/meet";
import type { Attempt, DisplaySnapshot, Meet, MeetClient, MeetEntry, Store } from "scorelay/meet";

const client: MeetClient = connect({ url: "https://meets.example.org" });
const locations = [{ name: "Platform", priority: 20 }];

async function run(): Promise<void> {
  const meet: Meet = await client.createMeet({ location: "Platform", locations, password: "correct horse" });
  const id: number = meet.nextEntry();
  meet.set(`registration.entries[${id}]`, { name: "Ada", bodyweightKg: 63.5, "squat[1]": { kg: 100, result: "open" } });
  meet.setAll([["meet.name", "Open"], ["meet.inKg", true], ["meet.date", null], ["live[1]", undefined]]);
  const entry: MeetEntry | undefined = meet.getSnapshot().entries[0];
  const first: Attempt | undefined = entry?.["squat[1]"];
  console.log(first?.kg.toFixed(1), meet.state.getSnapshot().kind, meet.block?.first);
  for (const { line, why, location } of meet.overruled.getSnapshot()) {
    console.log(why, location);
    meet.useMineAgain(line);
  }
  try {
    await meet.publish({ csv: "", returnAddress: "director@example.com", signal: new AbortController().signal });
  } catch (error) {
    console.log(error instanceof ScorelayError ? error.code : error);
  }
  const display = client.watchMeet(await meet.displayLink());
  const shown: Store<DisplaySnapshot> = display;
  console.log(shown.getSnapshot().tree?.live[1]?.lifter, (await client.keptMeets())[0]?.name);
  display.close();
  meet[Symbol.dispose]();
}

void run();
