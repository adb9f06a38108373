/**
 * What the facade uses of the WebAssembly for meets (`client-wasm/src/meet/calls.rs`): only the build that has them has
 * these. Desks have numbers, as have commands.
 */

import type { Core, CoreClass } from "./core.js";

/** The client's state machine, with meets. */
export interface MeetCore extends Core {
  newDesk(now: number, seed: number): number;
  loadDesk(now: number, seed: number, kept: Uint8Array): number;
  closeDesk(desk: number): void;
  createMeet(now: number, desk: number, location: string, locations: string, password: string, random: Uint8Array): void;
  joinMeet(now: number, desk: number, meet: string, location: string, password: string, random: Uint8Array): void;
  setMeet(now: number, desk: number, edits: string): Uint8Array;
  setAgain(now: number, desk: number, line: number): Uint8Array;
  dismiss(now: number, desk: number, line: number): Uint8Array;
  saved(now: number, desk: number, number: number): Uint8Array;
  notSaved(now: number, desk: number): Uint8Array;
  addLocation(now: number, desk: number, name: string, priority: number): number;
  drive(now: number, desk: number, stage: number, claim: number): number;
  sessions(now: number, desk: number): number;
  revoke(now: number, desk: number, session: number): number;
  changePassword(now: number, desk: number, old: string, next: string): number;
  displayLink(now: number, desk: number, token: Uint8Array): number;
  publish(now: number, desk: number, csv: string, returnAddress: string, force: boolean): number;
  cancel(desk: number, command: number): void;
  watchMeet(meet: string, token: Uint8Array): void;
  unwatchMeet(meet: string): void;
}

/** Its class. */
export interface MeetCoreClass extends CoreClass {
  meetId(text: string): string;
}
