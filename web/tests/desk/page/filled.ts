/** A meet in the middle of its squats: twelve lifters, nobody real. */
import { attempt } from "../../meet/made.ts";
import type { MemoryClient } from "./memory.ts";

const NAMES = [
  "Ines Falk", "Tomás Rivera", "Ada Brandt", "Jun Okafor", "Mara Lindqvist", "Björn Aalto", "Noor El-Amin", "Lea Schwarzenberger-Kirchhoff",
  "Sam Whitlock", "Petra Novák", "Yusuf Demir", "Greta Holm",
];
const SQUATS: (number | string)[][] = [
  [120, "127.5"], [182.5, "190"], [-105, "105"], [205, "212.5"], [130, 0], [170, "180"], [112.5, "117.5"], [140, "145"],
  [195, "200"], [-125, "127.5"], [220, "230"], [100, "107.5"],
];

/** Fills the client with it, as a kept meet. */
export async function filled(client: MemoryClient): Promise<void> {
  await client.createMeet({ location: "Platform", locations: [{ name: "Platform", priority: 20 }, { name: "Weigh-in", priority: 10 }] });
  const meet = client.meet!;
  const leaves = {
    name: "Autumn Open 2026", federation: "SPF", date: "2026-11-21", country: "Norway", city: "Bergen", formula: "Dots", inKg: true,
    divisions: ["Open", "Masters"], weightClassesKgMen: [82.5, 90, 100], weightClassesKgWomen: [60, 67.5, 75], lengthDays: 1, platformsOnDays: [1],
    squatBarAndCollarsWeightKg: 25, benchBarAndCollarsWeightKg: 25, deadliftBarAndCollarsWeightKg: 25,
  };
  for (const [leaf, value] of Object.entries(leaves)) meet.remote(`meet.${leaf}`, value);
  NAMES.forEach((name, at) => {
    const women = [0, 2, 4, 6, 7, 9, 11].includes(at);
    meet.remote(`registration.entries[${5000 + at}]`, {
      name, sex: women ? "F" : "M", day: 1, platform: 1, flight: at < 10 ? "A" : "B", lot: ((at * 5) % 12) + 1, team: at % 3 === 0 ? "North" : "",
      equipment: "Sleeves", events: ["SBD"], divisions: ["Open"], bodyweightKg: (women ? 58.2 : 81.4) + at * 1.3, squatRackInfo: String(8 + at),
      ...Object.fromEntries(SQUATS[at]!.map((written, round) => [`squat[${round + 1}]`, attempt(written)])),
      "bench[1]": attempt(String(60 + at * 2.5)), "deadlift[1]": attempt(String(120 + at * 5)),
    });
  });
}
