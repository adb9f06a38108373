/** The meet's plates: their weight, how many pairs there are, and their colour. They are set together, as one value. */
import { PLATES_KG, PLATES_LB, readNumber, readWeight, showWeight, unitOf } from "../meet/index.ts";
import type { Plate } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { Field } from "./field.tsx";
import { meetPath } from "./paths.ts";

/** The table. */
export function Plates() {
  const { tree: { meet }, inKg, change, locked } = useDesk();
  const usual = inKg ? PLATES_KG : PLATES_LB;
  const plates = meet.plates ?? usual;
  const set = (list: readonly Plate[]) => change([[meetPath("plates"), list.toSorted((a, b) => b.kg - a.kg)]]);
  const replace = (at: number, changed: Partial<Plate>) => set(plates.map((one, index) => (index === at ? { ...one, ...changed } : one)));
  const unit = unitOf(inKg);
  const fixed = locked !== null;
  return (
    <div>
      <table class="plates">
        <thead><tr><th scope="col">Plate, {unit}</th><th scope="col">Pairs</th><th scope="col">Colour</th><th><span class="spoken">Remove</span></th></tr></thead>
        <tbody>
          {plates.map((plate, at) => {
            const name = `${showWeight(plate.kg, inKg)} ${unit}`;
            return (
              <tr key={at}>
                <td><Field bare width="short" mode="decimal" label={`Weight of plate ${at + 1}`} value={showWeight(plate.kg, inKg)} commit={(text) => {
                  const kg = readWeight(text, inKg);
                  return kg === null || kg <= 0 ? "A weight, please" : replace(at, { kg });
                }} /></td>
                <td><Field bare width="short" mode="numeric" label={`Pairs of ${name}`} value={String(plate.pairs)} commit={(text) => {
                  const pairs = readNumber(text);
                  return pairs === null || !Number.isSafeInteger(pairs) || pairs < 0 ? "A whole number, please" : replace(at, { pairs });
                }} /></td>
                <td><input type="color" aria-label={`Colour of ${name}`} value={/^#[0-9a-f]{6}$/i.test(plate.color) ? plate.color : "#888888"} disabled={fixed}
                  onChange={(event) => replace(at, { color: event.currentTarget.value })} /></td>
                <td><button type="button" class="icon close" aria-label={`Remove ${name}`} disabled={fixed} onClick={() => set(plates.filter((_, index) => index !== at))} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="buttons">
        <button type="button" disabled={fixed} onClick={() => set([...plates, { kg: readWeight("1", inKg)!, pairs: 1, color: "#888888" }])}>Add a plate</button>
        <button type="button" disabled={fixed} onClick={() => set(usual)}>The usual {inKg ? "kilogram" : "pound"} plates</button>
      </div>
    </div>
  );
}
