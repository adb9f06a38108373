/**
 * The one error class of the package. Codes are the stable part: those of the server are in its documentation, those of
 * the client itself in the README.
 */

/** Anything that goes wrong. */
export class ScorelayError extends Error {
  override readonly name: "ScorelayError";
  /** Stable name of what went wrong, like `bad-url`. */
  readonly code: string;
  /** Whether the same thing may succeed later without a change. */
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable = false) {
    super(message);
    this.name = "ScorelayError";
    this.code = code;
    this.retryable = retryable;
  }
}

/** An error that a command of the core threw: `code`, 0 or 1, and the message, each on a line. */
export function thrownByCore(thrown: unknown): ScorelayError {
  if (thrown instanceof ScorelayError) {
    return thrown;
  }
  const parts = typeof thrown === "string" ? /^([^\n]*)\n([01])\n([^]*)$/.exec(thrown) : null;
  if (parts === null) {
    return new ScorelayError("broken", `the client itself failed: ${textOf(thrown)}`);
  }
  return new ScorelayError(parts[1]!, parts[3]!, parts[2] === "1");
}

/** What to tell people of something thrown. */
export function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
