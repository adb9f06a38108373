/**
 * Pinned rows: each stays at the edge of the view while its place on the board is out of sight, with its true rank, how
 * far it is to the next, and a jump that follows it. Which rows are pinned is decided by the address; see `app.tsx`.
 */
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { memo, useSyncExternalStore } from "preact/compat";
import { useProfiles } from "scorelay/react";

import { hasProfile, saidOf } from "../lib/entity.ts";
import * as format from "../lib/format.ts";
import { distance, sides } from "../lib/pinned.ts";
import { Avatar } from "./avatar.tsx";
import type { Scroller } from "./scroller.ts";
import { usePlace } from "./use-place.ts";
import type { Place } from "./use-place.ts";

/** Height of a pinned row in px. */
const PIN = 52;
/** Pinned rows to be seen at an edge; more are reached by scrolling among them. */
const SEEN = 3;

/** What the pinned rows need. */
export interface PinsProps {
  /** The board's id. */
  readonly board: string;
  /** Digits after the point of its scores. */
  readonly decimals: number;
  readonly pins: readonly string[];
  readonly scroller: Scroller;
  /** Whose place the view follows. */
  readonly follow: string | null;
  readonly onFollow: (entity: string) => void;
  readonly onUnpin: (entity: string) => void;
}

/** All pinned rows of a board. */
export const Pins = memo(AllPins);

function AllPins(props: PinsProps) {
  const { board, pins, scroller, follow } = props;
  const { whole } = useSyncExternalStore(scroller.subscribe, scroller.getSnapshot);
  const [places, setPlaces] = useState<ReadonlyMap<string, Place>>(new Map());
  const report = useCallback((entity: string, place: Place) => setPlaces((were) => new Map(were).set(entity, place)), []);
  const where = useMemo(() => {
    const ranks = new Map(pins.flatMap((pin) => {
      const place = places.get(pin);
      return place === undefined ? [] : [[pin, place.standing?.rank ?? null] as const];
    }));
    return sides(pins, ranks, whole);
  }, [pins, places, whole]);
  const rankOf = (pin: string) => places.get(pin)?.standing?.rank ?? Number.POSITIVE_INFINITY;
  const ordered = pins.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1));
  const above = ordered.filter((pin) => where.get(pin) === "above");
  const below = ordered.filter((pin) => where.get(pin) === "below" || where.get(pin) === "absent");
  const height = (edge: readonly string[]) => Math.min(edge.length, SEEN) * PIN;
  useLayoutEffect(
    () => scroller.setInsets({ top: height(above), bottom: height(below) }),
    [scroller, above.length, below.length],
  );
  const followed = follow === null ? null : places.get(follow)?.standing?.rank ?? null;
  useEffect(() => {
    if (followed !== null && (followed < whole.from || followed > whole.to)) scroller.jump(followed);
  }, [followed, scroller]);

  const edge = (entities: readonly string[], name: "above" | "below") => entities.length > 0 && (
    <div class={`edge ${name}`} tabIndex={entities.length > SEEN ? 0 : undefined} role="group"
      aria-label={name === "above" ? "Pinned, above" : "Pinned, below"}>
      {entities.map((entity) => <Pin key={entity} {...props} entity={entity} side={where.get(entity)!} place={places.get(entity)!} />)}
    </div>
  );
  return (
    <aside class="pins" aria-label="Pinned rows">
      {pins.map((pin) => (
        <Probe key={pin} board={board} entity={pin} near={where.get(pin) !== "inside"} report={report} />
      ))}
      {edge(above, "above")}
      <span class="between" />
      {edge(below, "below")}
    </aside>
  );
}

/** Follows one entity, and draws nothing: where it is drawn depends on all. */
function Probe({ board, entity, near, report }: { board: string; entity: string; near: boolean; report: (entity: string, place: Place) => void }) {
  const place = usePlace(board, entity, near);
  useLayoutEffect(() => {
    if (place !== null) report(entity, place);
  }, [entity, place, report]);
  return null;
}

interface PinProps extends PinsProps {
  readonly entity: string;
  readonly side: string;
  readonly place: Place;
}

function Pin({ decimals, entity, side, place, scroller, follow, onFollow, onUnpin }: PinProps) {
  const { standing, next } = place;
  const rank = standing?.rank ?? null;
  const { name: own, origin, kind } = saidOf(entity);
  const profile = useProfiles(hasProfile(entity) ? [entity] : []).get(entity) ?? null;
  const name = profile?.name || own;
  return (
    <div role="group" class={`pinned ${side}`} aria-label={`Pinned: ${name}`} data-pinned={entity} data-kind={kind ?? undefined} data-rank-now={rank ?? ""}>
      <span class="rank">{rank === null ? "–" : format.count(rank)}</span>
      <Avatar entity={entity} profile={profile} />
      <span class="who">
        <span class="name">{name} <span class="platform">{origin}</span></span>
        <span class="gap">{standing === null ? "Not on this board yet" : distance(standing, next, decimals)}</span>
      </span>
      {standing !== null && <span class="score">{format.score(standing.score, decimals)}</span>}
      {rank !== null && (
        <button type="button" class="small" aria-pressed={follow === entity} aria-label={`Jump to ${name}, rank ${format.count(rank)}`}
          onClick={() => { onFollow(entity); scroller.jump(rank); }}>Jump</button>
      )}
      <button type="button" class="icon close" aria-label={`Unpin ${name}`} title="Unpin" onClick={() => onUnpin(entity)} />
    </div>
  );
}
