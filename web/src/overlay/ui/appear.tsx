/** A panel that comes and goes: while it goes, it shows what it showed last. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

/** What a panel needs. */
export interface AppearProps<T> {
  /** Its class. */
  readonly name: string;
  /** `null`: away. */
  readonly scene: T | null;
  readonly children: (scene: T) => ComponentChildren;
}

/** A panel. */
export function Appear<T>({ name, scene, children }: AppearProps<T>) {
  const last = useRef<T | null>(null);
  last.current = scene ?? last.current;
  if (last.current === null) return null;
  return (
    <section class={`${name} panel${scene === null ? " is-away" : ""}`} aria-hidden={scene === null}>
      {children(last.current)}
    </section>
  );
}
