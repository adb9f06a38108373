/**
 * Pictures of people and of emotes, in a place of fixed size that has a sign as long as there is no picture, and where it cannot be
 * had. Who loads a picture tells its server nothing but the address of the reader.
 */
import type { Profile } from "scorelay";
import { useLayoutEffect, useRef } from "preact/hooks";

import { hueOf, saidOf } from "../lib/entity.ts";

/** Pictures that could not be had; asked for once more after so many others. */
const broken = new Set<string>();
const MOST_BROKEN = 500;

/** Draws an entity into an element of class `avatar`. */
export function drawAvatar(element: HTMLElement, entity: string, profile: Profile | null): void {
  element.style.setProperty("--of", String(hueOf(entity)));
  element.dataset["sign"] = signOf(entity, profile);
  element.classList.remove("pictured");
  const address = profile?.avatar ?? null;
  if (address === null || !address.startsWith("https://") || broken.has(address)) {
    element.replaceChildren();
    return;
  }
  const picture = new Image();
  picture.alt = "";
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.referrerPolicy = "no-referrer";
  picture.draggable = false;
  picture.onload = () => {
    if (picture.parentNode === element) element.classList.add("pictured");
  };
  picture.onerror = () => {
    if (broken.size >= MOST_BROKEN) broken.clear();
    broken.add(address);
    picture.remove();
  };
  element.replaceChildren(picture);
  picture.src = address;
}

function signOf(entity: string, profile: Profile | null): string {
  const { sign, kind } = saidOf(entity);
  const first = /[\p{L}\p{N}]/u.exec(profile?.name ?? "");
  return first === null || kind === "word" || kind === "room" ? sign : first[0].toUpperCase();
}

/** The same for the component library. */
export function Avatar({ entity, profile }: { entity: string; profile: Profile | null }) {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => drawAvatar(element.current!, entity, profile), [entity, profile]);
  return <i class="avatar" aria-hidden="true" ref={element} />;
}
