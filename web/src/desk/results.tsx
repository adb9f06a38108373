/** Results: places by category, the best lifters by points, the file for OpenPowerlifting, and publishing. */
import { useMemo, useState } from "preact/hooks";

import { FORMULA_NAMES, LIFTS, bestKg, bestLifters, csvName, digits, liftsOf, oplCsv, results, showClass, showWeight, standings, unitOf } from "../meet/index.ts";
import type { CategoryResult, Placed } from "../meet/index.ts";
import { useDesk } from "./desk-context.ts";
import { liftName } from "./group-bar.tsx";
import { placeWords } from "./places.ts";
import { PROGRAM } from "./program.ts";
import { Publish } from "./publish.tsx";
import { useStore } from "./store.ts";

/** The part of the desk. */
export function Results() {
  const { meet, tree } = useDesk();
  const { finished } = useStore(meet.state);
  const all = useMemo(() => (finished ? results(tree) : standings(tree)), [tree, finished]);
  const best = useMemo(() => bestLifters(tree, "SBD").slice(0, 10), [tree]);
  const [address, setAddress] = useState("");
  const download = () => {
    const url = URL.createObjectURL(new Blob([oplCsv(tree, address, PROGRAM)], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = csvName(tree.meet);
    link.click();
    // The download has its own hold on the data by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <>
      <div class="bars">
        <p class="soft">{tree.entries.length} entries, {all.length} categories{pointsWords(tree.meet.formula)}</p>
        <button type="button" onClick={download} disabled={tree.entries.length === 0}>Download OPL CSV</button>
      </div>
      {all.length === 0 && <p class="empty">There are no entries yet, and so no results.</p>}
      {best.length > 0 && <Best rows={best} />}
      {all.map((one) => <Category key={JSON.stringify(one.category)} result={one} finished={finished} />)}
      <Publish address={address} onAddress={setAddress} />
    </>
  );
}

function Best({ rows }: { readonly rows: readonly Placed[] }) {
  const { tree, inKg } = useDesk();
  return (
    <section class="category">
      <h2>Best lifters <span class="soft">{tree.meet.formula}</span></h2>
      <div class="wide" tabIndex={0} role="region" aria-label="Best lifters">
        <table>
          <thead><tr><th scope="col" class="num">Place</th><th scope="col">Lifter</th><th scope="col">Sex</th><th scope="col" class="num">Total</th><th scope="col" class="num">Points</th></tr></thead>
          <tbody>
            {rows.map(({ entry, place, totalKg, points }) => (
              <tr key={entry.id}><td class="num">{place}</td><th scope="row">{entry.name}</th><td>{entry.sex}</td><td class="num">{showWeight(totalKg, inKg)}</td><td class="num">{digits(points, 2)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Category({ result: { category, placed }, finished }: { readonly result: CategoryResult; readonly finished: boolean }) {
  const { inKg } = useDesk();
  const lifts = liftsOf(category.event);
  const weightClass = showClass(category.weightClass, inKg);
  const name = [category.division, SEX[category.sex] ?? category.sex, weightClass === "" ? "" : `${weightClass} ${unitOf(inKg)}`, category.equipment, category.event];
  const title = name.filter((part) => part !== "").join(" · ");
  return (
    <section class="category">
      <h2>{title}</h2>
      <div class="wide" tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr><th scope="col" class="num">Place</th><th scope="col">Lifter</th><th scope="col" class="num">Weight</th>
              {LIFTS.map((lift) => lifts.includes(lift) && <th key={lift} scope="col" class="num">{liftName(lift)}</th>)}
              <th scope="col" class="num">Total</th><th scope="col" class="num">Points</th></tr>
          </thead>
          <tbody>
            {placed.map((row) => ({ ...row, words: finished ? String(row.place) : placeWords({ ...row, event: category.event }) })).map(({ entry, words, totalKg, points }) => (
              <tr key={entry.id} data-entry={entry.id} data-place={words}>
                <td class="num place">{words}</td>
                <th scope="row"><span class="name">{entry.name || `Entry ${entry.id}`}</span>{entry.team ? <span class="soft"> {entry.team}</span> : null}</th>
                <td class="num">{entry.bodyweightKg ? showWeight(entry.bodyweightKg, inKg) : ""}</td>
                {LIFTS.map((lift) => lifts.includes(lift) && <td key={lift} class="num">{bestKg(entry, lift) === 0 ? "" : showWeight(bestKg(entry, lift), inKg)}</td>)}
                <td class="num total">{totalKg === 0 ? "" : showWeight(totalKg, inKg)}</td>
                <td class="num">{points === 0 ? "" : digits(points, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What points are by, as the end of a sentence. */
function pointsWords(formula: string | null | undefined): string {
  if (!formula) return "";
  return FORMULA_NAMES.includes(formula) ? `, points by ${formula}` : `, no points: this desk does not know the formula ${formula}`;
}

const SEX: Readonly<Record<string, string>> = { F: "Women", M: "Men", Mx: "Mx" };
