/**
 * Questions to the relay and who waits for their answers. Questions asked before the WebAssembly is there are kept until
 * it is. When a question is given up, and what a relay answers, is the core's business.
 */

import type { Core } from "./core.js";
import type { ScorelayError } from "./errors.js";
import type { WaitOptions } from "./types.js";
import { abortable } from "./wait.js";

interface Question {
  /** Puts it to the core; gives its number. */
  readonly ask: (core: Core, now: number) => number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** All unanswered questions of a client. */
export class Requests {
  readonly #unasked = new Set<Question>();
  readonly #asked = new Map<number, Question>();
  #ended: ScorelayError | null = null;

  /** Keeps a question until `askAll`; its answer must be of type `T`. */
  add<T>(options: WaitOptions, ask: Question["ask"]): Promise<T> {
    return abortable<T>(options, (resolve, reject) => {
      const question: Question = { ask, resolve: resolve as (answer: unknown) => void, reject };
      if (this.#ended !== null) {
        reject(this.#ended);
        return () => {};
      }
      this.#unasked.add(question);
      return () => this.#forget(question);
    });
  }

  /** Puts to the core what has not been. */
  askAll(core: Core, now: number): void {
    for (const question of this.#unasked) {
      this.#asked.set(question.ask(core, now), question);
    }
    this.#unasked.clear();
  }

  answered(number: number, answer: unknown): void {
    this.#asked.get(number)?.resolve(answer);
  }

  failed(number: number, error: ScorelayError): void {
    this.#asked.get(number)?.reject(error);
  }

  /** Nothing is answered from now on. */
  end(error: ScorelayError): void {
    this.#ended = error;
    [...this.#unasked, ...this.#asked.values()].forEach((question) => question.reject(error));
  }

  #forget(question: Question): void {
    this.#unasked.delete(question);
    for (const [number, asked] of this.#asked) {
      if (asked === question) {
        this.#asked.delete(number);
      }
    }
  }
}
