/** The meet desk over a meet in memory, which tests reach as `testing`. `?filled`: a meet in the middle of its squats is there. `?unanswered`: one whose making got no answer. */
import { render } from "preact";

import { App } from "../../../src/desk/app.tsx";
import { filled } from "./filled.ts";
import { MemoryClient, asClient } from "./memory.ts";
import "../../../src/style.css";
import "../../../src/desk/style.css";

const testing = new MemoryClient();
Object.assign(window, { testing });
if (new URLSearchParams(location.search).has("filled")) await filled(testing);
if (new URLSearchParams(location.search).has("unanswered")) testing.lostAnswer();
render(<App client={asClient(testing)} />, document.getElementById("page")!);
