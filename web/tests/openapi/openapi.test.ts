/**
 * The HTTP interface against its own document, by a public tester: Schemathesis makes requests of every kind, fit and unfit,
 * and looks at every answer. It is found by the variable SCHEMATHESIS or at `target/schemathesis/bin/schemathesis`.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

import { falling, House, until } from "../rig.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = process.env["SCHEMATHESIS"] ?? join(root, "target/schemathesis/bin/schemathesis");
/** Requests for each route and kind; the variable OPENAPI_EXAMPLES asks for more. */
const examples = process.env["OPENAPI_EXAMPLES"] ?? "60";
/** The board of the document's examples. */
const BOARDS = `[[board]]\nid = "chat"\ntitle = "Chat"\nunit = "points"\ndecimals = 2\nscorer = "external"\n`;

let house: House;
let folder: string;

beforeAll(async () => {
  if (!existsSync(program)) {
    const install = "python3 -m venv target/schemathesis && target/schemathesis/bin/pip install -r web/tests/openapi/requirements.txt";
    throw new Error(`${program} is missing; from the folder of the project: ${install}`);
  }
  folder = await mkdtemp(join(tmpdir(), "scorelay-openapi-"));
  house = await House.open({ boards: BOARDS });
  await house.import("chat", [["twitch:1234", 1e9], ["word:ä/b", 1e9 - 1], ...falling(200)]);
  await until("the rows are served", async () => {
    const answer = await fetch(`${house.url}v1/boards/chat/entities/twitch:1234`);
    return answer.ok;
  });
});

afterAll(async () => {
  await house?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** S7: no server error, no answer that the document does not describe, and nothing unfit accepted. */
test("a public tester finds no answer that is not described", async () => {
  // That `to` is not before `from`, and how many bytes an id has, cannot be said in a schema: both are refused as described.
  const checks = ["--checks", "all", "--exclude-checks", "positive_data_acceptance"];
  // Slower than an address may ask, or all that is seen is that it asks too often.
  const pace = ["--rate-limit", "40/s", "--phases", "examples,coverage,fuzzing", "--max-examples", examples];
  const args = ["run", `${house.url}v1/openapi.json`, ...checks, ...pace, "--no-color", "--warnings", "off"];
  // Its database of examples is in the folder where it runs.
  const run = promisify(execFile)(program, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  const { stdout } = await run.catch((failure: Error & { stdout?: string }) => {
    throw new Error(`${failure.stdout?.slice(-20_000) ?? ""}\n${failure.message.slice(0, 1000)}`);
  });
  const made = Number(/(\d+) generated/.exec(stdout)?.[1]);
  expect(made, stdout.slice(-4000)).toBeGreaterThan(150);
}, 600_000);
