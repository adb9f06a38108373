/**
 * Entities as people see them: `twitch:1234` is platform and id, with a colour and an initial as long as there is no
 * picture. What an entity is, is decided by the client; a text that is none must not reach it, as it would throw.
 */

const utf8 = new TextEncoder();
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether a text is `platform:id`, in the bounds that the client has for both. */
export function isEntity(text: string): boolean {
  const platform = /^([a-z0-9_-]{1,32}):/.exec(text);
  if (platform === null) return false;
  const id = text.slice(platform[0].length);
  return id !== "" && utf8.encode(id).length <= 128 && !CONTROL.test(id);
}

/** The part before the first colon; `""` where there is none. */
export function platformOf(entity: string): string {
  return entity.slice(0, Math.max(0, entity.indexOf(":")));
}

/** The part after the first colon. */
export function nameOf(entity: string): string {
  return entity.slice(entity.indexOf(":") + 1);
}

/** Platforms whose entities are things, not people, each with the sign that stands for a picture. */
const THINGS: ReadonlyMap<string, string> = new Map([["word", "”"], ["room", "#"], ["nick", ""], ["emote", ""], ["total", "Σ"]]);

/** How an entity is written where nothing else is known of it. */
export interface Said {
  readonly name: string;
  /** Where it is from; `""` where that says nothing, as of a word. */
  readonly origin: string;
  /** The kind of thing that it is; `null` for somebody. */
  readonly kind: string | null;
  /** What stands in the place of a picture. */
  readonly sign: string;
}

/** Words, names and rooms by themselves, emotes without their list, all others with their platform. */
export function saidOf(entity: string): Said {
  const platform = platformOf(entity);
  const id = nameOf(entity);
  const sign = THINGS.get(platform);
  if (sign === undefined) return { name: id, origin: platform, kind: null, sign: initialOf(entity) };
  const emote = platform === "emote" ? /^([^:]+):(.+)$/s.exec(id) : null;
  return { name: emote?.[2] ?? id, origin: emote?.[1] ?? "", kind: platform, sign: sign || initial(emote?.[2] ?? id) };
}

/** Whether there can be a profile: of somebody, or of an emote. */
export function hasProfile(entity: string): boolean {
  const { kind } = saidOf(entity);
  return kind === null || kind === "emote";
}

/** The first letter or digit of the name, as a capital. */
export function initialOf(entity: string): string {
  return initial(nameOf(entity));
}

function initial(name: string): string {
  const found = /[\p{L}\p{N}]/u.exec(name);
  return (found?.[0] ?? "?").toUpperCase();
}

/** A hue of 0 to 359 that is always the same for a text. */
export function hueOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // The last bits of neighbours like `7` and `8` differ too little; this spreads them.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 12)) >>> 0) % 360;
}
