/** A loaded bar, drawn from the side: the plates of one end in the meet's own colours, the heaviest inside. */
import type { Loading } from "../meet/index.ts";
import { showWeight, unitOf } from "../meet/index.ts";

const HEIGHT = 96;

/** The picture, with what is on it as its name. */
export function Bar({ loading, inKg }: { readonly loading: Loading; readonly inKg: boolean }) {
  const plates = loading.side.flatMap(({ plate, count }) => Array.from({ length: count }, () => plate));
  const heaviest = plates[0]?.kg ?? 0;
  const sizes = plates.map((plate) => sizeOf(plate.kg, heaviest));
  const starts = sizes.map((_, at) => 46 + sizes.slice(0, at).reduce((sum, { wide }) => sum + wide + 2, 0));
  const end = (starts.at(-1) ?? 44) + (sizes.at(-1)?.wide ?? 0) + 2;
  const width = Math.max(200, end + 40);
  return (
    <svg class="bar" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} role="img" aria-label={loadingWords(loading, inKg)}>
      <rect class="steel" x="0" y={HEIGHT / 2 - 4} width="40" height="8" rx="1" />
      <rect class="steel" x="38" y={HEIGHT / 2 - 11} width="6" height="22" rx="2" />
      <rect class="steel" x="44" y={HEIGHT / 2 - 6} width={width - 48} height="12" rx="2" />
      {plates.map((plate, at) => {
        const { tall, wide } = sizes[at]!;
        return (
          <g key={at}>
            <rect class="plate" x={starts[at]} y={(HEIGHT - tall) / 2} width={wide} height={tall} rx="3" fill={plate.color} />
            {tall >= 40 && wide >= 15 && (
              <text class={isLight(plate.color) ? "on-light" : "on-dark"} x={starts[at]! + wide / 2} y={HEIGHT / 2}
                transform={`rotate(-90 ${starts[at]! + wide / 2} ${HEIGHT / 2})`} text-anchor="middle" dominant-baseline="central">{showWeight(plate.kg, inKg)}</text>
            )}
          </g>
        );
      })}
      <rect class="steel" x={end} y={HEIGHT / 2 - 10} width="14" height="20" rx="3" />
    </svg>
  );
}

/** "2 × 25, 20, 2.5 kg a side", and what is missing. */
export function loadingWords({ side, missingKg }: Loading, inKg: boolean): string {
  const unit = unitOf(inKg);
  if (missingKg < 0) return `Lighter than the bar by ${showWeight(-missingKg, inKg)} ${unit}`;
  const plates = side.map(({ plate, count }) => `${count > 1 ? `${count} × ` : ""}${showWeight(plate.kg, inKg)}`).join(" · ");
  const words = plates === "" ? "The bar alone" : `${plates} ${unit} a side`;
  return missingKg === 0 ? words : `${words}; the plates are ${showWeight(missingKg, inKg)} ${unit} short`;
}

function sizeOf(kg: number, heaviest: number): { readonly tall: number; readonly wide: number } {
  // Plates from 10 kg on are of one height on many bars; here a difference in height helps to tell them apart.
  const part = heaviest === 0 ? 1 : Math.sqrt(kg / Math.max(heaviest, 25));
  return { tall: Math.round(Math.max(22, 92 * Math.min(1, part + 0.08))), wide: kg >= 15 ? 18 : kg >= 5 ? 15 : 9 };
}

/** Whether dark letters can be read on a colour; colours that are no `#rrggbb` count as dark. */
function isLight(color: string): boolean {
  const parts = /^#(..)(..)(..)$/.exec(color);
  if (parts === null) return false;
  const [red, green, blue] = parts.slice(1).map((part) => Number.parseInt(part, 16));
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! > 150;
}
