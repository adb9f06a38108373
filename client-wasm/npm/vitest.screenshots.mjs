/** The pictures of docs/openlifter.md: `npm run screenshots -w scorelay`. They want what `npm run build` made, and the core. */

import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { SCORELAY_VERSION: JSON.stringify("0.0.0") },
  test: { include: ["test/openlifter/pictures.ts"], testTimeout: 240_000, hookTimeout: 240_000 },
});
