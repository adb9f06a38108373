/** What is used of Swagger UI, whose package has no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    readonly domNode: Element;
    readonly url: string;
    readonly deepLinking?: boolean;
    readonly tryItOutEnabled?: boolean;
    readonly displayRequestDuration?: boolean;
    readonly defaultModelsExpandDepth?: number;
    readonly defaultModelExpandDepth?: number;
    readonly validatorUrl?: string | null;
  }
  export default function SwaggerUI(options: Options): unknown;
}
