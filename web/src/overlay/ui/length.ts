/** Long names are set smaller before they are cut. */

/** A class for a text, with a space before it; empty for one of usual length. */
export function lengthClass(text: string): string {
  const { length } = [...text];
  return length > 34 ? " is-very-long" : length > 22 ? " is-long" : "";
}
