/** A text as a QR code, dark on light in both schemes, since cameras expect it so. */
import { generate } from "lean-qr";
import { useMemo } from "preact/hooks";

/** Modules of light around the code, as readers need. */
const QUIET = 3;

/** The code. */
export function Qr({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => {
    const code = generate(text);
    let drawn = "";
    for (let y = 0; y < code.size; y += 1) {
      for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) drawn += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
    }
    return { size: code.size + 2 * QUIET, path: drawn };
  }, [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
