/**
 * Watches a page's table on every frame that is drawn: after all scripts and the layout of the frame, right before it is
 * painted. It notes what must never be seen, and how much went on. It moves nothing unless told to; see `mover`.
 */
import type { Page } from "playwright-core";

/** What was recorded. */
export interface Record {
  /** Frames drawn. */
  frames: number;
  /** Frames that showed other rows or scores than the one before. */
  changed: number;
  /** Frames with a placeholder in them. */
  waiting: number;
  /** Row elements in the fullest frame. */
  most: number;
  /** What must not be, the first few of it. */
  faults: string[];
}

declare global {
  interface Window {
    /** The record of the running recorder. */
    recorded: Record;
    /** Called at the start of each frame while something moves. */
    moveOn?: (() => void) | undefined;
  }
}

/** Begins to record, from nothing. */
export async function startRecorder(page: Page): Promise<void> {
  await page.evaluate(() => {
    const record: Record = { frames: 0, changed: 0, waiting: 0, most: 0, faults: [] };
    window.recorded = record;
    const fault = (what: string) => record.faults.length < 10 && record.faults.push(`frame ${record.frames}: ${what}`);
    let before = "";
    let waited = false;
    // The page draws less often where drawing takes long, and looking takes long: frames like the one before are only counted.
    let changed = true;
    const changes = new MutationObserver(() => (changed = true));
    changes.observe(document.querySelector(".scroller")!, { attributes: true, characterData: true, childList: true, subtree: true });

    const look = () => {
      record.frames += 1;
      if (!changed && changes.takeRecords().length === 0) {
        record.waiting += waited ? 1 : 0;
        return;
      }
      changed = false;
      const scroller = document.querySelector<HTMLElement>(".scroller")!;
      const view = scroller.getBoundingClientRect();
      const top = document.querySelector("[role=grid] .heads")!.getBoundingClientRect().bottom;
      const bottom = view.top + scroller.clientHeight;
      const elements = [...document.querySelectorAll<HTMLElement>("[role=grid] [role=row][aria-rowindex]:not(.heads)")];
      const entities = new Set<string>();
      const ranks = new Set<number>();
      let last: number | null = null;
      let score = Number.POSITIVE_INFINITY;
      let waiting = 0;
      let picture = "";
      for (const element of elements) {
        const { dataset } = element;
        const rank = Number(element.getAttribute("aria-rowindex")) - 1;
        if (last !== null && rank !== last + 1) fault(`rank ${rank} follows ${last}`);
        last = rank;
        if (ranks.has(rank)) fault(`rank ${rank} twice`);
        ranks.add(rank);
        if (dataset["entity"] === undefined) {
          waiting += 1;
          if (Number(dataset["waiting"]) !== rank) fault(`neither a row nor a placeholder at rank ${rank}`);
          continue;
        }
        const text = (part: string) => element.querySelector(`.${part}`)?.textContent ?? "";
        if (entities.has(dataset["entity"])) fault(`${dataset["entity"]} twice, the second time at rank ${rank}`);
        entities.add(dataset["entity"]);
        const shown = [text("rank").replaceAll(",", ""), `${text("platform")}:${text("name")}`];
        if (shown[0] !== String(rank) || Number(dataset["rank"]) !== rank) fault(`rank ${rank} is written as ${shown[0]}`);
        if (shown[1] !== dataset["entity"]) fault(`${dataset["entity"]} is written as ${shown[1]}`);
        if (text("score") === "") fault(`rank ${rank} has no score`);
        if (Number(dataset["score"]) > score) fault(`rank ${rank} has ${dataset["score"]}, those above ${score}`);
        score = Number(dataset["score"]);
        picture += `${rank} ${dataset["entity"]} ${score}\n`;
      }
      // Where rows stand, without what glides.
      const first = elements[0];
      const end = elements.at(-1);
      if (first === undefined || end === undefined) fault("no rows at all");
      else {
        const zero = first.parentElement!.getBoundingClientRect().top;
        const total = Number(document.querySelector<HTMLElement>("[role=grid]")!.dataset["total"]);
        if (zero + first.offsetTop > top + 1) fault(`nothing above rank ${[...ranks][0]}, ${zero + first.offsetTop - top} px down`);
        if (zero + end.offsetTop + end.offsetHeight < bottom - 1 && last !== total) fault(`nothing below rank ${last} of ${total}`);
        let place = first.offsetTop;
        for (const element of elements) {
          const rank = Number(element.getAttribute("aria-rowindex")) - 1;
          // The first three stand side by side.
          if (rank <= 3 && element !== first) place -= element.offsetHeight;
          if (Math.abs(element.offsetTop - place) > 1) fault(`a gap before rank ${rank}`);
          place = element.offsetTop + element.offsetHeight;
        }
      }
      record.changed += picture === before ? 0 : 1;
      waited = waiting > 0;
      record.waiting += waited ? 1 : 0;
      record.most = Math.max(record.most, elements.length);
      before = picture;
    };

    // Observers of sizes are called between layout and paint; this element changes its size in every frame.
    const pulse = document.body.appendChild(document.createElement("i"));
    pulse.style.cssText = "position:fixed;left:0;top:0;height:1px;visibility:hidden;pointer-events:none";
    new ResizeObserver(look).observe(pulse);
    let wide = false;
    const beat = () => {
      pulse.style.width = (wide = !wide) ? "1px" : "2px";
      window.moveOn?.();
      requestAnimationFrame(beat);
    };
    requestAnimationFrame(beat);
  });
}

/** What was recorded so far. */
export function recorded(page: Page): Promise<Record> {
  return page.evaluate(() => structuredClone(window.recorded));
}

/**
 * Scrolls at every frame: some rows at a time for a while, then far away by a jump. The same seed goes the same way, as far
 * as frames are drawn alike.
 */
export async function startMoving(page: Page, seed: number): Promise<void> {
  await page.evaluate((start) => {
    const scroller = document.querySelector<HTMLElement>(".scroller")!;
    let state = start;
    const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
    let left = 0;
    let by = 0;
    window.moveOn = () => {
      if (left-- > 0) {
        scroller.scrollTop += by;
        return;
      }
      left = 10 + random(40);
      by = random(161) - 80;
      const far = random(3) > 0 ? 8_000 : scroller.scrollHeight;
      scroller.scrollTop = random(far);
    };
  }, seed);
}

/** Lets the view stand where it is. */
export async function stopMoving(page: Page): Promise<void> {
  await page.evaluate(() => void (window.moveOn = undefined));
}

/** Puts a row into the table a second time, for the recorder to find. */
export async function spoil(page: Page): Promise<void> {
  await page.evaluate(() => {
    const row = document.querySelector("[role=grid] [data-entity]")!;
    row.after(row.cloneNode(true));
  });
}
