/** The app as it is built by its own people. */

import { start } from "./app.js";

start();
