/** Numbers and spans of time as the pages write them. English, as all words of the pages are. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fixed = new Map<number, Intl.NumberFormat>();

/** `12345` as `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** A score with all digits after the point that its board has. */
export function score(value: number, decimals: number): string {
  if (decimals === 0) return whole.format(value);
  let format = fixed.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    fixed.set(decimals, format);
  }
  return format.format(value);
}

/** Milliseconds as people say them: `3 s`, `5 min`, `2 h`, `4 days`. Never negative. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** `1 row`, `2,000 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** About how wide a number is when written, in em: digits of common system fonts take up to 0.66, signs half of that. */
export function width(text: string): number {
  const digits = text.replace(/\D/g, "").length;
  return digits * 0.66 + (text.length - digits) * 0.33;
}
