/** A meet for tests and pictures: people who do not exist, in two flights. `madeUp` gives a new copy each time. */
import type { Attempt, Lift, MeetEntry, MeetLeaves, MeetTree, Stage } from "../../src/meet/types.ts";

/** `100+`: good. `100-`: no lift. `100`: open. */
function attempts(lift: Lift, text: string): Record<string, Attempt> {
  const parts = text.split(" ").filter((part) => part !== "");
  return Object.fromEntries(parts.map((part, at) => {
    const result = part.endsWith("+") ? "good" : part.endsWith("-") ? "no-lift" : "open";
    return [`${lift}[${at + 1}]`, { kg: Number(part.replace(/[+-]$/, "")), result }];
  }));
}

/** Somebody who lifts; attempts as `140+ 147.5- 147.5`. */
export function lifter(id: number, name: string, more: Partial<MeetEntry> = {}, squat = "", bench = "", deadlift = ""): MeetEntry {
  const usual = { day: 1, platform: 1, flight: "A", sex: "F", equipment: "Sleeves", divisions: ["Open"], events: ["SBD"] };
  return { ...usual, ...attempts("squat", squat), ...attempts("bench", bench), ...attempts("deadlift", deadlift), ...more, id, name };
}

/** What is usual of a meet. */
export const LEAVES: MeetLeaves = {
  name: "Northern Open",
  federation: "NPF",
  city: "Tromsø",
  date: "2026-11-21",
  formula: "Dots",
  inKg: true,
  weightClassesKgWomen: [47, 52, 57, 63, 69, 76, 84],
  weightClassesKgMen: [59, 66, 74, 83, 93, 105, 120],
  squatBarAndCollarsWeightKg: 25,
  benchBarAndCollarsWeightKg: 25,
  deadliftBarAndCollarsWeightKg: 25,
  plates: [
    { kg: 25, pairs: 8, color: "#d9252a" }, { kg: 20, pairs: 1, color: "#1d5fc4" }, { kg: 15, pairs: 1, color: "#f2c318" },
    { kg: 10, pairs: 1, color: "#23904a" }, { kg: 5, pairs: 1, color: "#f4f4f2" }, { kg: 2.5, pairs: 1, color: "#2b2d31" },
    { kg: 1.25, pairs: 1, color: "#b9bec6" },
  ],
};

/** The third round of deadlifts in flight A. */
export function madeUp(): MeetTree {
  const entries = [
    lifter(5000, "Ingrid Solberg", { lot: 4, bodyweightKg: 62.4, team: "Polar Strength Club" }, "140+ 147.5+ 152.5-", "82.5+ 87.5- 87.5+", "165+ 175+ 182.5"),
    lifter(5001, "Amara Okafor", { lot: 9, bodyweightKg: 61.9, country: "Nigeria" }, "137.5+ 145+ 150+", "77.5+ 82.5+ 85-", "160+ 170- 185"),
    lifter(5002, "Marie-Claire Vandenberghe-Delacroix", { lot: 2, bodyweightKg: 68.7, team: "Krachtsport Vlaanderen" }, "150+ 157.5- 157.5-", "90+ 95+ 97.5-", "170+ 180+ 187.5"),
    lifter(5003, "Jo Li", { lot: 7, bodyweightKg: 46.8, state: "BC", country: "Canada" }, "105+ 110+ 112.5+", "60+ 62.5+ 65+", "125+ 132.5+ 137.5+"),
    lifter(5004, "Sofía Hernández", { lot: 1, bodyweightKg: 56.2, country: "Mexico" }, "120+ 127.5+ 132.5+", "70+ 75- 75-", "145+ 152.5+ 157.5-"),
    lifter(5005, "Hanna Lindqvist", { lot: 11, bodyweightKg: 75.4, team: "Luleå AK" }, "155+ 165+ 170+", "95+ 100+ 102.5-", "180+ 190+ 197.5"),
    lifter(5006, "Petra Novák", { lot: 3, bodyweightKg: 82.9, country: "Czechia", guest: true }, "145+ 152.5+ 160-", "85+ 90+ 92.5+", "175+ 182.5+ 192.5"),
    lifter(5007, "Björk Jónsdóttir", { lot: 6, bodyweightKg: 88.1, country: "Iceland" }, "160- 160- 160-", "100+ 105+ 107.5+", "185+ 195+ 202.5"),
    lifter(5008, "Fiona MacLeod", { lot: 5, bodyweightKg: 63.0, country: "Scotland" }, "130+ 137.5+ 142.5+", "72.5+ 77.5+ 80-", "155+ 165+ 172.5+"),
    lifter(5009, "Lucía Romano", { lot: 8, bodyweightKg: 51.6, country: "Italy" }, "110+ 117.5- 117.5+", "65+ 67.5+ 70-", "135+ 142.5+ 147.5+"),
    lifter(5100, "Anders Berg", { lot: 12, sex: "M", flight: "B", bodyweightKg: 92.1, team: "Polar Strength Club" }, "220", "150", "260"),
    lifter(5101, "Tom Reyes", { lot: 13, sex: "M", flight: "B", bodyweightKg: 82.6, country: "Philippines" }, "190", "130", "220"),
  ];
  return { meet: LEAVES, entries, deleted: [], live: { 1: { flight: "A", lift: "deadlift", attempt: 3, lifter: 5000 } } };
}

/** The meet with something else on its first stage. */
export function onStage(tree: MeetTree, stage: Partial<Stage>): MeetTree {
  return { ...tree, live: { ...tree.live, 1: { flight: "A", lift: null, attempt: null, lifter: null, ...tree.live[1], ...stage } } };
}

/** The meet with an entry changed. */
export function changed(tree: MeetTree, id: number, more: Partial<MeetEntry>): MeetTree {
  return { ...tree, entries: tree.entries.map((entry) => (entry.id === id ? { ...entry, ...more } : entry)) };
}
