/**
 * What is looked for everywhere: a board whose rows stand in order and move. Pages show it as the rows of `#board`, with
 * rank, entity and score, and the state of the connection in `#state`; scripts print it, one JSON array of rows a line.
 * What a display shows of a meet is the text of `#meet`, or the one line that is printed.
 */

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Fewer rows than any fixture asks for, as many as a demo has after a second. */
const ROWS = 10;
const WITHIN = 45_000;
/** What the meet of `fixtures/shared/meet.js` comes to at a display. */
const MEET = "Packed Open: Ada 102.5";
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser that `CHROMIUM` names, by default the installed one. */
export async function startBrowser() {
  const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (!executablePath) throw new Error("there is no Chromium; install it, or name it by the variable CHROMIUM");
  return chromium.launch({ executablePath, headless: true, chromiumSandbox: false, args: FLAGS });
}

/** Opens a page and waits until its board is full, in order, and has changed; any error of the page is one here. */
export async function expectLivePage(browser, url) {
  await withPage(browser, url, async (page) => {
    const first = await page.waitForFunction(readPage, ROWS, { timeout: WITHIN });
    const before = await first.jsonValue();
    expectOrder(before);
    const second = await page.waitForFunction(readPageOtherThan, { rows: ROWS, before }, { timeout: WITHIN });
    expectOrder(await second.jsonValue());
  });
}

/** Opens a page of any making and waits until `selector` shows so many lines with entities, and then other ones. */
export async function expectLiveText(browser, url, selector, lines) {
  await withPage(browser, url, async (page) => {
    const first = await page.waitForFunction(readText, { selector, lines }, { timeout: WITHIN });
    const before = await first.jsonValue();
    await page.waitForFunction(readText, { selector, lines, before }, { timeout: WITHIN });
  });
}

/** Opens a page and waits until its display shows the meet that its desk made; any error of the page is one here. */
export async function expectMeetPage(browser, url) {
  await withPage(browser, url, async (page) => {
    const shown = await page.waitForFunction(() => document.querySelector("#meet")?.textContent, undefined, { timeout: WITHIN });
    expectMeet(await shown.jsonValue());
  });
}

/** Looks at what a display shows: what the desk set, and nothing that is for desks only. */
export function expectMeet(text) {
  if (text.trim() !== MEET) throw new Error(`the display should show \`${MEET}\`, and shows \`${text.trim()}\``);
}

async function withPage(browser, url, look) {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("requestfailed", (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  try {
    await page.goto(url, { waitUntil: "commit", timeout: WITHIN });
    await look(page);
  } catch (error) {
    const shown = await page.locator("body").innerText({ timeout: 1_000 }).catch(() => "");
    const said = errors.length > 0 ? errors.join("\n") : "none";
    throw new Error(`${url}: ${error.message}\nerrors of the page: ${said}\nit shows: ${shown.slice(0, 500)}`);
  } finally {
    await page.close();
  }
  if (errors.length > 0) throw new Error(`${url} works, but says:\n${errors.join("\n")}`);
}

/** Runs in the page: its text once it has so many lines with an entity in each, and is not the one before. */
function readText({ selector, lines, before }) {
  const text = document.querySelector(selector)?.innerText ?? "";
  const shown = text.split("\n").filter((line) => /[a-z0-9]+:\S+\s+[\d,]+/.test(line));
  return shown.length === lines && text !== before ? text : null;
}

/** Runs in the page: the rows once there are enough and the connection is live, else null. */
function readPage(wanted) {
  if (document.querySelector("#state")?.textContent !== "live") return null;
  const lines = [...document.querySelectorAll("#board tr")];
  if (lines.length < wanted) return null;
  return lines.map((line) => {
    const [rank, entity, score] = [...line.cells].map((cell) => cell.textContent);
    return { rank: Number(rank), entity, score: Number(score) };
  });
}

/** Runs in the page: the rows once they are not those any more. */
function readPageOtherThan({ rows, before }) {
  const lines = [...document.querySelectorAll("#board tr")];
  const now = lines.map((line) => {
    const [rank, entity, score] = [...line.cells].map((cell) => cell.textContent);
    return { rank: Number(rank), entity, score: Number(score) };
  });
  return now.length >= rows && JSON.stringify(now) !== JSON.stringify(before) ? now : null;
}

/** Looks at what a script printed: at least two different boards, each in order. */
export function expectLiveOutput(output) {
  const lines = output.split("\n").filter((line) => line.startsWith("["));
  if (new Set(lines).size < 2) throw new Error(`two different boards should have been printed:\n${output}`);
  for (const line of lines) expectOrder(JSON.parse(line));
}

/** Fails unless the rows are ranks 1, 2, 3, … of a board, best first, each entity once. */
export function expectOrder(rows) {
  const say = (problem) => {
    throw new Error(`${problem}: ${JSON.stringify(rows)}`);
  };
  if (rows.length < ROWS) say(`at least ${ROWS} rows should be there`);
  if (rows.some((row, index) => row.rank !== index + 1)) say("ranks should count from 1");
  if (rows.some((row, index) => index > 0 && !(row.score <= rows[index - 1].score))) say("scores should fall");
  if (rows.some((row) => !/^[a-z0-9]+:./.test(row.entity))) say("entities are `platform:id`");
  if (new Set(rows.map((row) => row.entity)).size !== rows.length) say("each entity stands there once");
}
