/** The page about the HTTP interface: Swagger UI over the document that this relay makes of its routes. Nothing is asked of anybody else. */
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import licence from "swagger-ui-dist/LICENSE?raw";
import notice from "swagger-ui-dist/NOTICE?raw";
import parts from "swagger-ui-dist/swagger-ui-es-bundle.js.LICENSE.txt?raw";
import "swagger-ui-dist/swagger-ui.css";

import "./documentation.css";

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

document.querySelector("#licences")!.textContent = [notice, licence, parts].join("\n\n");

SwaggerUI({
  domNode: document.querySelector("#interface")!,
  url: "/v1/openapi.json",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  // No checking by somebody else's server.
  validatorUrl: null,
});
