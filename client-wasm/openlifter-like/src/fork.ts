/** The app as a fork that has the enhancer built in. */

import { liveEnhancer } from "../../npm/src/openlifter.js";
import { start } from "./app.js";

start(liveEnhancer());
