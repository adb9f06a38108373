/** The look of the panel, by properties of its own: nothing of the app's style gets in, and nothing gets out. */
export const PANEL_STYLE = `
:host {
  all: initial; position: fixed; right: 12px; bottom: 12px; z-index: 2147483000; color-scheme: light dark;
  --bg: #fff; --text: #16181d; --muted: #5a616d; --line: #dfe3e8; --control: #767d89; --accent: #2a52a8; --on: #fff;
  --good: #147a3b; --warn: #7a4b00; --warn-bg: #fff3d6; --bad: #b3261e;
  font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--text);
  font-variant-numeric: tabular-nums;
}
@media (prefers-color-scheme: dark) {
  :host {
    --bg: #181b20; --text: #eceef2; --muted: #a4acb8; --line: #333a43; --control: #858e9b; --accent: #9dbcff; --on: #10131a;
    --good: #5fce8a; --warn: #ffd27a; --warn-bg: #33280f; --bad: #ff9087;
  }
}
@media print { :host { display: none; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input, textarea { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.pill {
  display: flex; align-items: center; gap: 8px; margin-left: auto; min-height: 40px; padding: 0 14px; border-radius: 20px;
  border: 1px solid var(--control); background: var(--bg); box-shadow: 0 1px 6px rgb(0 0 0 / 18%); cursor: pointer;
}
.dot { width: 10px; height: 10px; border-radius: 50%; background: var(--control); }
.dot.live { background: var(--good); }
.dot.waits { background: var(--warn); }
.card {
  width: min(380px, calc(100vw - 24px)); max-height: min(640px, calc(100vh - 84px)); overflow: auto; margin-bottom: 8px; padding: 16px;
  border: 1px solid var(--line); border-radius: 12px; background: var(--bg); box-shadow: 0 4px 24px rgb(0 0 0 / 22%);
}
h2 { margin: 0 0 4px; font-size: 17px; }
h3 { margin: 16px 0 4px; font-size: 15px; }
p { margin: 0 0 8px; }
.quiet { color: var(--muted); font-size: 14px; }
.id { font-size: 30px; font-weight: 700; letter-spacing: 0.02em; margin: 4px 0; user-select: all; }
.notice { padding: 8px 10px; border-radius: 8px; background: var(--warn-bg); color: var(--warn); }
label { display: block; margin: 8px 0; font-size: 14px; color: var(--muted); }
input, textarea {
  display: block; width: 100%; min-height: 40px; margin-top: 2px; padding: 6px 10px; font-size: 15px; color: var(--text);
  border: 1px solid var(--control); border-radius: 8px; background: var(--bg);
}
label.check { display: flex; gap: 8px; align-items: center; }
label.check input { width: 20px; min-height: 20px; margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; }
.row button, form button, summary { min-height: 40px; }
.row button, form button {
  padding: 0 14px; border: 1px solid var(--control); border-radius: 8px; background: transparent; cursor: pointer;
}
button.main { background: var(--accent); border-color: var(--accent); color: var(--on); font-weight: 600; }
button:disabled { opacity: 0.55; cursor: default; }
summary { display: flex; align-items: center; cursor: pointer; font-weight: 600; }
summary::before { content: "▸"; width: 18px; color: var(--muted); }
details[open] > summary::before { content: "▾"; }
form { padding-bottom: 8px; }
details { border-top: 1px solid var(--line); }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: 8px 0; overflow-wrap: anywhere; border-top: 1px solid var(--line); }
s { color: var(--muted); }
.link { overflow-wrap: anywhere; font-size: 13px; user-select: all; }
`;
