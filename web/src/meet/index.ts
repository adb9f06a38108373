/** The logic of meets, for pages: what to lift next and how to load it, who placed where, and how to write it down. */
export * from "./types.ts";
export * from "./attempts.ts";
export { ageOf, classOf, classOfEntry, limitsOf, showClass } from "./classes.ts";
export { csvName, oplCsv } from "./csv.ts";
export { PLATES_KG, PLATES_LB, barKgOf, loadingOf, platesOf } from "./loading.ts";
export type { Loaded, Loading } from "./loading.ts";
export { attemptDue, groupOf, groupOnStage, inOrder, liftingOrder } from "./order.ts";
export type { Group, LiftingOrder, Turn } from "./order.ts";
export { FORMULA_NAMES, points } from "./points.ts";
export { bestLifters, categoriesOf, countedTotalKg, equipmentClass, placeIn, pointsOf, results, standings } from "./results.ts";
export type { Category, CategoryResult, PlaceWord, Placed } from "./results.ts";
export { KG_PER_LB, ageOn, digits, isDate, readNumber, readWeight, showWeight, unitOf, weightWords } from "./units.ts";
