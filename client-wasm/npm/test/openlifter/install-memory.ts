/** Makes the app of a page live with a meet in memory, which the test finds as `window.core`. */

import { composeWith, enhancerWith } from "../../src/openlifter/enhancer.js";
import { MemoryCore, memoryClient } from "./memory-meet.js";

const core = new MemoryCore();
const connect = (): ReturnType<typeof memoryClient> => memoryClient(core);
Object.assign(window, { core, __REDUX_DEVTOOLS_EXTENSION_COMPOSE__: composeWith(enhancerWith({ connect }, {})) });
