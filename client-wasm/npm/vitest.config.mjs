/**
 * Unit tests run the sources against a core made up in `test/fakes.ts`; those that want the real one read what
 * `npm run build` made.
 */

import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { SCORELAY_VERSION: JSON.stringify("0.0.0") },
  test: { include: ["test/**/*.test.ts"], globalSetup: ["test/global-setup.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
});
