/**
 * Keeps the desk's page in the browser, so that it opens without a network: a laptop that restarts in a gym without Wi-Fi is
 * a desk again. What is kept is shown at once, and brought up to date behind it for the next time. Meets themselves are in
 * IndexedDB; nothing of them is here.
 */

/** The part of a service worker's scope that is used; the types of pages do not know it. */
interface Scope {
  addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
}

interface Lasting {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const scope = globalThis as unknown as Scope;
const CACHE = "scorelay-desk";
/** The page; its query and fragment are the page's own affair. */
const PAGE = "/desk";

scope.addEventListener("install", (event) => event.waitUntil(refresh().then(() => scope.skipWaiting())));
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate" && (pathname === PAGE || pathname === `${PAGE}.html`)) {
    event.respondWith(kept(PAGE, event.request));
    event.waitUntil(refresh().catch(() => undefined));
  } else if (pathname.startsWith("/assets/")) {
    event.respondWith(kept(pathname, event.request));
  }
});

async function kept(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}

/** Fetches the page, then what it loads that is not kept yet; only with all of it there it takes the kept one's place. */
async function refresh(): Promise<void> {
  const page = await fetch(PAGE, { cache: "no-cache" });
  if (!page.ok || page.redirected) throw new Error(`the page came with status ${page.status}`);
  const cache = await caches.open(CACHE);
  const names = new Set(Array.from((await page.clone().text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g), ([, name]) => name!));
  const there = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await cache.addAll([...names].filter((name) => !there.has(name)));
  await cache.put(PAGE, page);
  await Promise.all([...there].filter((name) => name !== PAGE && !names.has(name)).map((name) => cache.delete(name)));
}
