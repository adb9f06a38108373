/** The OPL CSV, line by line. */
import { expect, test } from "vitest";

import { KG_PER_LB, csvName, oplCsv } from "../../src/meet/index.ts";
import { attempts, entry, tree } from "./made.ts";

const MEET = {
  name: "Autumn Open, “2026”", federation: "SPF", date: "2026-11-21", country: "Norway", city: "Bergen", formula: "Dots",
  weightClassesKgMen: [82.5, 90], combineSleevesAndWraps: true,
};

test("a meet is written as OpenPowerlifting reads it", () => {
  const entries = [
    entry(1, {
      name: "Li, Wei \"W\"", birthDate: "2001-03-04", bodyweightKg: 82.5, lot: 7, team: "North",
      ...attempts("squat", 100, -110, 110), ...attempts("bench", 60, "62.5"), ...attempts("deadlift", 120),
    }),
    entry(2, { name: "Ben", bodyweightKg: 95, ...attempts("squat", -100, -100, -100) }),
    entry(3, { name: "Cem" }),
  ];
  expect(oplCsv(tree(entries, MEET), "director@example.com", "Scorelay 0.1.0").split("\n")).toEqual([
    "OPL Format v1 (Scorelay 0.1.0),Submit by email:,director@example.com",
    "",
    "Federation,Date,MeetCountry,MeetState,MeetTown,MeetName,Formula,RuleSet",
    'SPF,2026-11-21,Norway,,Bergen,"Autumn Open, “2026”",Dots,CombineSleevesAndWraps',
    "",
    "Place,Name,Sex,BirthDate,Age,Equipment,Division,Lot,BodyweightKg,WeightClassKg,Squat1Kg,Squat2Kg,Squat3Kg,Best3SquatKg," +
      "Bench1Kg,Best3BenchKg,Deadlift1Kg,Best3DeadliftKg,TotalKg,Points,Event,Team",
    '1,"Li, Wei ""W""",M,2001-03-04,25,Sleeves,Open,7,82.5,82.5,100,-110,110,110,60,60,120,120,290,196.44,SBD,North',
    "DQ,Ben,M,,,Sleeves,Open,,95,90+,-100,-100,-100,,,,,,,,SBD,",
    "NS,Cem,M,,,Sleeves,Open,,,,,,,,,,,,,,SBD,",
    "",
  ]);
});

/** L19: in pounds, as it was entered. */
test("a meet in pounds is written in pounds", () => {
  const one = entry(1, { bodyweightKg: 181.5 * KG_PER_LB, events: ["D"], ...attempts("deadlift", 500 * KG_PER_LB, -512.5 * KG_PER_LB) });
  const lines = oplCsv(tree([one], { ...MEET, inKg: false, combineSleevesAndWraps: false, combineSingleAndMulti: true, formula: "Total" }), "a@b.c", "X 1").split("\n");
  expect(lines[2]).toBe("Federation,Date,MeetCountry,MeetState,MeetTown,MeetName,Formula,RuleSet");
  expect(lines[3]!.endsWith(",Total,CombineSingleAndMulti")).toBe(true);
  expect(lines[5]).toBe("Place,Name,Sex,Equipment,Division,BodyweightLBS,WeightClassLBS,Deadlift1LBS,Deadlift2LBS,Best3DeadliftLBS,TotalLBS,Points,Event");
  expect(lines[6]).toBe("1,Lifter 1,M,Sleeves,Open,181.5,181,500,-512.5,500,500,226.8,D");
});

test("an entry with two divisions has two rows, each with its event's lifts alone", () => {
  const one = entry(1, { divisions: ["Open", "Masters"], events: ["B"], bodyweightKg: 80, ...attempts("squat", 100), ...attempts("bench", 60) });
  const lines = oplCsv(tree([one]), "a@b.c", "X 1").trimEnd().split("\n");
  expect(lines.slice(5)).toEqual([
    "Place,Name,Sex,Equipment,Division,BodyweightKg,Bench1Kg,Best3BenchKg,TotalKg,Event",
    "1,Lifter 1,M,Sleeves,Masters,80,60,60,60,B",
    "1,Lifter 1,M,Sleeves,Open,80,60,60,60,B",
  ]);
});

test("the file is named by its meet", () => {
  expect(csvName(MEET)).toBe("2026-11-21-autumn-open-2026.opl.csv");
  expect(csvName({})).toBe("meet.opl.csv");
});
