/** Kinds of tests: pure parts, the built pages in a real browser, the whole house around them, the HTTP interface by a public tester, what all of it costs, and pictures for people. */
import { defineConfig } from "vitest/config";

const long = { testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["tests/{unit,meet}/**/*.test.ts", "tests/{desk,overlay}/unit/**/*.test.ts"] } },
      { test: { name: "browser", include: ["tests/{browser,desk,overlay}/*.test.ts"], ...long } },
      { test: { name: "system", include: ["tests/system/**/*.test.ts"], ...long } },
      { test: { name: "openapi", include: ["tests/openapi/**/*.test.ts"], ...long } },
      { test: { name: "measure", include: ["tests/system/**/*.measure.ts"], ...long } },
      { test: { name: "screenshots", include: ["tests/screenshots/**/*.test.ts"], ...long } },
    ],
  },
});
