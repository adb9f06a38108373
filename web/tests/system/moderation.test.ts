/** What an operator does about rows reaches pages that are open, by way of a relay, and none of them is loaded anew. */
import { expect, test } from "vitest";

import { BoardPage } from "./board-page.ts";
import { complaints, openBrowser } from "./browser.ts";
import { scorelay, startPair } from "./house.ts";
import { LinkSource } from "./link-source.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";

const BOARDS = ["goals", "saves"].map((id) => `[[board]]\nid = "${id}"\ntitle = "${id}"\nscorer = "external"\nunit = "${id}"\n`).join("");

/** E18, E19: rows that are taken off, banned, erased, reset and archived are so on an open page; archives are boards to look at. */
test("an open page follows what an operator does about rows", { timeout: 180_000 }, async (context) => {
  const stage = new Stage(context);
  const { link, origin } = await startPair(stage, BOARDS);
  const source = await LinkSource.connect(stage, link);
  const everybody = async () => {
    for (const [at, name] of ["ann", "ben", "cem", "dan"].entries()) {
      source.give(["goals", `player:${name}`, 10 - at], ["saves", `player:${name}`, 1]);
    }
    await source.level();
  };
  const operator = (...words: string[]) => stage.run(scorelay(), ...words, "--data", "data");
  await everybody();

  const page = await openBrowser(stage);
  const wrong = complaints(page);
  const board = new BoardPage(page);
  await board.open(`${origin}/?board=goals`);
  await board.shows([[1, "player:ann", 10], [2, "player:ben", 9], [3, "player:cem", 8], [4, "player:dan", 7]]);

  operator("board", "remove", "--board", "goals", "player:ben");
  await board.shows([[1, "player:ann", 10], [2, "player:cem", 8], [3, "player:dan", 7]]);
  operator("board", "ban", "--board", "goals", "player:ann");
  operator("erase", "player:dan");
  await board.shows([[1, "player:cem", 8]]);
  // Who is kept off stays off, and who was only removed is back.
  await everybody();
  await board.shows([[1, "player:cem", 16], [2, "player:ben", 9]]);

  operator("board", "archive", "--board", "goals", "--to", "goals-2026", "--title", "Goals of 2026");
  await until("the board is empty", async () => (await board.words()).includes("Nobody is here yet"));
  await everybody();
  await board.shows([[1, "player:ben", 9], [2, "player:cem", 8]]);
  await page.getByRole("navigation").getByRole("link", { name: /Goals of 2026/ }).click();
  await board.shows([[1, "player:cem", 16], [2, "player:ben", 9]]);
  await page.getByRole("navigation").getByRole("link", { name: /saves/ }).click();
  await board.shows([[1, "player:ann", 3], [2, "player:ben", 3], [3, "player:cem", 3]]);
  operator("board", "reset", "--board", "saves");
  await until("the board is empty", async () => (await board.words()).includes("Nobody is here yet"));

  expect(await board.isSame(), "the page was never loaded anew").toBe(true);
  expect(wrong).toEqual([]);
});
