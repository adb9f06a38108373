/**
 * The plain script `scorelay-meet.global.js`: boards and meets, for pages without modules.
 */

export * from "./meet.js";
