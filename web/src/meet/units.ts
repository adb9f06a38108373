/**
 * Kilograms and pounds, numbers as people type and read them, and dates. Only what is shown is rounded: what is stored is
 * kilograms, bit by bit as they were set.
 */

/** Kilograms of a pound, exactly so since the international agreement of 1959. */
export const KG_PER_LB = 0.45359237;

/** A number that people typed, with a point or a comma; `null` if it is none. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

/** A number with at most so many digits after the point, without needless zeros. Halves go away from zero, as people round. */
export function digits(value: number, places: number): string {
  // The nudge brings back halves that have no exact binary form, like 1.005.
  const factor = 10 ** places;
  const rounded = (Math.sign(value) * Math.round(Math.abs(value) * factor * (1 + Number.EPSILON))) / factor;
  return String(rounded === 0 ? 0 : rounded);
}

/** A weight as it is shown: at most two digits after the point, without its unit. */
export function showWeight(kg: number, inKg: boolean): string {
  return digits(inKg ? kg : kg / KG_PER_LB, 2);
}

/** Kilograms of a weight that people typed; `null` if it is none. */
export function readWeight(text: string, inKg: boolean): number | null {
  const value = readNumber(text);
  return value === null ? null : inKg ? value : value * KG_PER_LB;
}

/** The unit's name. */
export function unitOf(inKg: boolean): "kg" | "lb" {
  return inKg ? "kg" : "lb";
}

/** A weight with its unit, and with the other one's in brackets where a meet wants both. */
export function weightWords(kg: number, inKg: boolean, both = false): string {
  const words = `${showWeight(kg, inKg)} ${unitOf(inKg)}`;
  return both ? `${words} (${digits(inKg ? kg / KG_PER_LB : kg, 1)} ${unitOf(!inKg)})` : words;
}

/** Whether a text is a date of the calendar, as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

/** Years lived on a day. Who was born on 29 February is a year older on 1 March. Both are dates; `null` if one is not. */
export function ageOn(day: string, birth: string): number | null {
  if (!isDate(day) || !isDate(birth) || birth > day) return null;
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4));
  return day.slice(5) < birth.slice(5) ? years - 1 : years;
}
