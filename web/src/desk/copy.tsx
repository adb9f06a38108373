/** A button that copies a text, and says so. */
import { useEffect, useState } from "preact/hooks";

/** The button. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => navigator.clipboard.writeText(text).then(() => setSaid("Copied"), () => setSaid("Select it and copy by hand"));
  return <button type="button" onClick={() => void copy()} ><span role="status">{said ?? label}</span></button>;
}
