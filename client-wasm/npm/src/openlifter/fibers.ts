/**
 * What React hands to the components around a text box. This reads React's own records, from 16 on, as an app that was
 * built without knowing of this leaves no other trace of what a box is for. Where they look different nothing is found.
 */

import type { Box } from "./boxes.js";

/** The properties of a component, and of those around it. */
export interface Around {
  readonly props: { readonly [name: string]: unknown };
  readonly outer: Around | null;
}

interface Fiber {
  readonly type: unknown;
  readonly memoizedProps: unknown;
  readonly stateNode: unknown;
  readonly child: Fiber | null;
  readonly sibling: Fiber | null;
  readonly return: Fiber | null;
}

/** The components around each of these boxes, innermost first. */
export function componentsAround(boxes: ReadonlyArray<Box>): Map<Box, Around> {
  const wanted = new Set<unknown>(boxes);
  const found = new Map<Box, Around>();
  const roots = new Set(boxes.map(rootOf).filter((root) => root !== null));
  for (const root of roots) {
    walk(root.child, null);
  }
  return found;

  function walk(first: Fiber | null, outer: Around | null): void {
    for (let fiber = first; fiber !== null; fiber = fiber.sibling) {
      const props = fiber.memoizedProps;
      const isComponent = typeof fiber.type !== "string" && typeof props === "object" && props !== null;
      if (outer !== null && wanted.has(fiber.stateNode)) {
        found.set(fiber.stateNode as Box, outer);
      }
      walk(fiber.child, isComponent ? { props: props as Around["props"], outer } : outer);
    }
  }
}

/** The root as it is drawn now: of each record there are two, and only from the root one knows which holds. */
function rootOf(box: Box): Fiber | null {
  const key = Object.keys(box).find((name) => name.startsWith("__reactFiber$") || name.startsWith("__reactInternalInstance$"));
  let fiber = key === undefined ? null : ((box as unknown as { [key: string]: Fiber })[key] ?? null);
  while (fiber !== null && fiber.return !== null) {
    fiber = fiber.return;
  }
  return (fiber?.stateNode as { current?: Fiber } | null | undefined)?.current ?? null;
}
