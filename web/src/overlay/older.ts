/**
 * What streaming programs' browsers lack: OBS Studio 28 to 30 have Chromium 103. Syntax and styles are kept within that;
 * this adds the one method of arrays that the pages use and it does not have.
 */

if (!("toSorted" in Array.prototype)) {
  Object.defineProperty(Array.prototype, "toSorted", {
    configurable: true,
    writable: true,
    value<T>(this: readonly T[], compare?: (a: T, b: T) => number): T[] {
      return [...this].sort(compare);
    },
  });
}
