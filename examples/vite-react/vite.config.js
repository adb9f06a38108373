/** Vite with React, and nothing else: the package needs no setting of its own. */

import react from "@vitejs/plugin-react";

export default { plugins: [react()] };
