/**
 * The typings in the hands of others: strict, libraries checked too, with the oldest TypeScript that is supported, one
 * between, the one this is built with and the newest, for each way of finding modules. It wants `npm run build`.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(HERE, "..");
const WORK = join(PACKAGE, ".build/consumer");
const require = createRequire(import.meta.url);

beforeAll(() => {
  rmSync(WORK, { recursive: true, force: true });
  const installed = join(WORK, "node_modules/scorelay");
  mkdirSync(installed, { recursive: true });
  for (const part of ["dist", "meet", "openlifter", "react", "slim", "package.json"]) {
    cpSync(join(PACKAGE, part), join(installed, part), { recursive: true });
  }
  for (const name of ["core", "meet", "react"]) {
    ["mts", "cts", "ts"].forEach((kind) => cpSync(join(HERE, `consumer/${name}.ts`), join(WORK, `${name}.${kind}`)));
  }
});

const OLD_LIB = ["es2020", "dom"];
const NEW_LIB = ["es2022", "dom", "esnext.disposable"];
const plain = ["core.ts", "meet.ts"];
const both = ["core.mts", "core.cts", "meet.mts", "meet.cts"];
const bundled = { module: "esnext", moduleResolution: "bundler" };
const node16 = { module: "node16", moduleResolution: "node16" };
const node10 = { module: "commonjs", moduleResolution: "node10" };

it.each([
  ["typescript-4.9", { module: "commonjs", moduleResolution: "node" }, OLD_LIB, plain],
  ["typescript-4.9", node16, OLD_LIB, both],
  ["typescript-5.4", node10, NEW_LIB, plain],
  ["typescript-5.4", node16, OLD_LIB, both],
  ["typescript-5.4", bundled, NEW_LIB, [...plain, "react.ts"]],
  ["typescript", node10, OLD_LIB, [...plain, "react.ts"]],
  ["typescript", { module: "nodenext", moduleResolution: "nodenext" }, NEW_LIB, [...both, "react.mts", "react.cts"]],
  ["typescript-7", node16, NEW_LIB, [...both, "react.mts", "react.cts"]],
  ["typescript-7", bundled, OLD_LIB, [...plain, "react.ts"]],
])("%s, %j, %j: %j", { timeout: 120_000 }, (compiler, modules, lib, files) => {
  const config = join(WORK, "tsconfig.json");
  const strict = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noEmit: true, types: [] };
  const compilerOptions = { ...strict, ...modules, lib, target: "es2020" };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const { bin } = require(`${compiler}/package.json`) as { bin: { tsc: string } };
  const program = join(dirname(require.resolve(`${compiler}/package.json`)), bin.tsc);
  let errors = "";
  try {
    execFileSync(process.execPath, [program, "-p", config], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    errors = (error as { stdout: string }).stdout;
  }
  expect(errors).toBe("");
});

it("a mistake is noticed", { timeout: 120_000 }, () => {
  writeFileSync(join(WORK, "wrong.ts"), 'import { connect } from "scorelay";\nconnect({ url: 5 });\n');
  const config = join(WORK, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions: { strict: true, noEmit: true, types: [], ...bundled }, files: ["wrong.ts"] }));
  const program = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  expect(() => execFileSync(process.execPath, [program, "-p", config], { stdio: "pipe" })).toThrow();
});
