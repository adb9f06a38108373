/**
 * Bundles the component of the hooks' tests, once for each library that it is to work with.
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const PREACT = { react: "preact/compat", "react-dom": "preact/compat", "react-dom/client": "preact/compat/client" };

export default async function bundle(): Promise<void> {
  for (const [library, alias] of Object.entries({ react: {}, preact: PREACT })) {
    await build({
      entryPoints: [join(HERE, "react-app.ts")],
      outfile: join(HERE, `../.build/test/react-app-${library}.mjs`),
      bundle: true,
      format: "esm",
      alias,
      define: { "process.env.NODE_ENV": '"development"' },
      logLevel: "warning",
    });
  }
}
