/** What the user script runs in OpenLifter's page, before OpenLifter does. */

import { installLiveEnhancer } from "../openlifter.js";

installLiveEnhancer();
