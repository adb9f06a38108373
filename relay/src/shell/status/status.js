/**
 * The operator's page: once a second it reads `/metrics` of the process that served it, and draws what there is, of a core, of a
 * relay or of both. It keeps two minutes in memory and asks nobody else. What the numbers mean is said in `/metrics`.
 */

const EVERY_MS = 1000;
/** Steps that a chart shows. */
const STEPS = 120;
/** Seconds between two looks at the messages that no source could read. */
const FAILED_EVERY = 5;

/** The lines of OpenMetrics text: name, labels and value of each. */
export function parse(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const parts = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/i.exec(line);
    if (parts === null) continue;
    const labels = {};
    for (const [, name, value] of (parts[2] ?? "").matchAll(/([a-z_0-9]+)="((?:[^"\\]|\\.)*)"/gi)) {
      labels[name] = value.replace(/\\(.)/g, (_, sign) => (sign === "n" ? "\n" : sign));
    }
    found.push({ name: parts[1], labels, value: Number(parts[3]) });
  }
  return found;
}

/** What one look at the metrics says, beside the look before it. */
export class Look {
  #now;
  #before;
  #seconds;

  constructor(now, before, seconds) {
    this.#now = now;
    this.#before = before;
    this.#seconds = seconds;
  }

  /** All lines of this name. */
  all(name) {
    return this.#now.filter((line) => line.name === name);
  }

  /** The value of the line with these labels; `null` where there is none. */
  value(name, labels = {}) {
    return find(this.#now, name, labels)?.value ?? null;
  }

  /** How much a counter grew each second; `null` without a look before. A counter that fell was begun anew. */
  rate(name, labels = {}) {
    const now = this.value(name, labels);
    const before = find(this.#before ?? [], name, labels)?.value ?? null;
    if (now === null || this.#before === null) return null;
    return (before === null || now < before ? now : now - before) / this.#seconds;
  }

  /** The mean of what a histogram was given since the look before, in milliseconds; `null` where that was nothing. */
  meanMs(name) {
    const count = this.rate(`${name}_count`);
    return count ? (this.rate(`${name}_sum`) / count) * 1000 : null;
  }
}

function find(lines, name, labels) {
  return lines.find((line) => line.name === name && Object.entries(labels).every(([key, value]) => line.labels[key] === value));
}

const format = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A figure as people read it; a dash for `null`. */
function figure(value) {
  return value === null ? "–" : (Math.abs(value) < 100 ? format : whole).format(value);
}

function bytes(value) {
  if (value === null) return "–";
  const unit = value >= 1e6 ? [1e6, "MB"] : value >= 1e3 ? [1e3, "kB"] : [1, "B"];
  return `${figure(value / unit[0])} ${unit[1]}`;
}

/**
 * What is drawn: sections with rows of a name, figures, notes, and the figure of the chart. A section without rows is left out,
 * as of a process that has no such part.
 */
export function sections(look) {
  return [
    { title: "Sources", rows: sources(look) },
    { title: "Boards", rows: boards(look) },
    { title: "Core", rows: core(look) },
    { title: "Relay of this process", rows: relay(look) },
    { title: "Relays below", rows: below(look) },
    { title: "Meets", rows: meets(look) },
  ].filter(({ rows }) => rows.length > 0);
}

function sources(look) {
  return look.all("scorelay_core_source_up").map(({ labels: { source, kind }, value }) => {
    const rate = (outcome) => look.rate("scorelay_core_events_total", { source, outcome });
    const reconnects = look.value("scorelay_core_source_reconnects_total", { source });
    const errors = look.all("scorelay_core_source_last_error").filter((line) => line.labels.source === source && line.labels.error);
    const lost = ["repeated", "refused", "unparsable", "ignored"].map((outcome) => [look.value("scorelay_core_events_total", { source, outcome }) ?? 0, outcome]);
    return {
      name: source,
      about: kind,
      state: value === 1 ? ["good", "Connected"] : ["bad", "Not connected"],
      figures: [[figure(rate("applied")), "events/s"], [figure(reconnects), "reconnects"], ...lost.filter(([count]) => count > 0).map(([count, outcome]) => [figure(count), outcome])],
      notes: errors.map((line) => `Last error: ${line.labels.error}`),
      chart: rate("applied"),
    };
  });
}

function boards(look) {
  const all = look.all("scorelay_core_board_rows").toSorted((a, b) => (a.labels.board < b.labels.board ? -1 : 1));
  return all.map(({ labels: { board }, value }) => {
    const rate = look.rate("scorelay_core_board_changes_total", { board });
    return { name: board, figures: [[figure(value), "rows"], [figure(rate), "changes/s"]], chart: rate };
  });
}

function core(look) {
  const changes = look.rate("scorelay_core_changes_total");
  if (look.value("scorelay_core_changes_total") === null) return [];
  const commit = look.meanMs("scorelay_core_commit_seconds");
  return [
    { name: "Changes", figures: [[figure(changes), "changes/s"], [figure(look.value("scorelay_core_queue")), "inputs waiting"]], chart: changes },
    { name: "Commits", figures: [[figure(look.rate("scorelay_core_commit_seconds_count")), "commits/s"], [figure(commit), "ms each"]], chart: commit },
  ];
}

function relay(look) {
  const clients = look.value("scorelay_relay_clients");
  if (clients === null) return [];
  const stale = look.value("scorelay_relay_stale_seconds") ?? 0;
  const up = look.value("scorelay_relay_upstream_connected") === 1;
  const overload = look.value("scorelay_relay_overload") ?? 0;
  const sent = look.rate("scorelay_relay_client_bytes_out_total");
  const heard = look.rate("scorelay_relay_upstream_bytes_total");
  return [
    {
      name: "Clients",
      figures: [[figure(clients), "connected"], [bytes(sent), "sent/s"], [figure(look.rate("scorelay_relay_client_messages_out_total")), "messages/s"]],
      notes: overload > 0 ? [`${overload} shards slow their clients down: the machine is too busy.`] : [],
      chart: clients,
    },
    { name: "Sent to clients", figures: [[bytes(sent), "each second"]], chart: sent },
    {
      name: "Link to upstream",
      state: up ? ["good", "Connected"] : ["bad", "Not connected"],
      figures: [[figure(stale), "s behind"], [bytes(heard), "received/s"]],
      notes: stale > 0 ? ["Boards are served as they were when the core was last heard."] : [],
      chart: heard,
    },
  ];
}

function below(look) {
  const of = (prefix) => ["level", "lagging"].map((state) => look.value(`${prefix}_links`, { state }));
  const [[coreLevel, coreLagging], [level, lagging]] = [of("scorelay_core"), of("scorelay_relay")];
  const rows = [];
  if (coreLevel !== null) rows.push({ name: "Of the core", figures: [[figure(coreLevel), "level"], [figure(coreLagging), "lagging"], [figure(look.value("scorelay_core_links", { state: "source" })), "sources by link"]], chart: coreLagging });
  if (level !== null && level + lagging > 0) {
    const sent = look.rate("scorelay_relay_link_bytes_total");
    rows.push({ name: "Of the relay", figures: [[figure(level), "level"], [figure(lagging), "lagging"], [bytes(sent), "sent/s"]], chart: sent });
  }
  return rows;
}

function meets(look) {
  const current = look.value("scorelay_meets_meets", { state: "current" });
  if (current === null) return [];
  const finished = look.value("scorelay_meets_meets", { state: "finished" });
  // Pulls wait for news, which is what desks do; the others wait for the core.
  const waits = ["passwords", "uploads", "writes"].map((state) => look.value("scorelay_meets_waiting", { state }) ?? 0);
  const waiting = waits.reduce((sum, each) => sum + each, 0);
  const requests = look.rate("scorelay_meets_requests_total");
  const full = look.value("scorelay_meets_no_space_total") ?? 0;
  const last = look.value("scorelay_meets_durable_timestamp_seconds") ?? 0;
  const ago = last > 0 ? figure(Math.max(0, Date.now() / 1000 - last)) : "–";
  return [{
    name: "Meets",
    figures: [[figure(current), "under way"], [figure(finished), "finished"], [figure(look.value("scorelay_meets_sessions")), "desks and displays"], [figure(waiting), "waiting"],
      [figure(requests), "requests/s"], [figure(look.meanMs("scorelay_meets_commit_seconds")), "ms until durable"], [ago, "s since the last answer to a desk"]],
    notes: full > 0 ? [`${full} writes found no space on the disk.`] : [],
    chart: requests,
  }];
}

/** The line of a chart and the area below it, as SVG paths in a box of 100 × 40; `null` breaks the line. */
export function paths(values) {
  const top = Math.max(...values.map((value) => value ?? 0), 1e-9);
  let line = "";
  let area = "";
  let open = null;
  values.forEach((value, at) => {
    const x = ((at / (values.length - 1)) * 100).toFixed(1);
    if (value !== null) {
      line += `${open === null ? "M" : "L"}${x} ${(39 - (value / top) * 37).toFixed(1)}`;
      open ??= { x, line: line.lastIndexOf("M") };
    }
    if (open !== null && (value === null || at === values.length - 1)) {
      const last = value === null ? (((at - 1) / (values.length - 1)) * 100).toFixed(1) : x;
      area += `${line.slice(open.line)}L${last} 40L${open.x} 40Z`;
      open = null;
    }
  });
  return { line, area };
}

const SVG = "http://www.w3.org/2000/svg";

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function chart(values, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 40");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const { line, area } = paths(values);
  for (const [className, d] of [["area", area], ["stroke", line]]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", className);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

function drawRow(row, values, title) {
  const name = element("div", "name", row.name);
  if (row.about) name.append(element("small", "", row.about));
  const figures = element("div", "figures");
  if (row.state) figures.append(element("span", row.state[0], `${row.state[0] === "good" ? "●" : "○"} ${row.state[1]}`));
  for (const [value, unit] of row.figures) {
    const span = element("span");
    span.append(element("b", "", value), " ", element("span", "unit", unit));
    figures.append(span);
  }
  for (const note of row.notes ?? []) figures.append(element("span", "note", note));
  const drawn = element("div", "row");
  drawn.dataset.row = row.name;
  drawn.append(name, figures, chart(values, `${title}, ${row.name}: the last two minutes`));
  return drawn;
}

function drawSection(title, rows) {
  const section = element("section");
  section.dataset.section = title;
  section.append(element("h2", "", title), rows);
  return section;
}

function drawFailed(messages) {
  if (messages.length === 0) return element("p", "empty", "None so far.");
  const list = element("ul", "failed");
  list.tabIndex = 0;
  list.setAttribute("aria-label", "Messages that no source could read");
  list.append(...messages.map((message) => element("li", "", message)));
  return list;
}

function run() {
  const place = document.getElementById("sections");
  const state = document.getElementById("state");
  const series = new Map();
  let before = null;
  let at = 0;
  let answered = null;
  let turn = 0;
  let failed = null;

  const note = (key, value) => {
    const values = [...(series.get(key) ?? new Array(STEPS).fill(null)), value].slice(-STEPS);
    series.set(key, values);
    return values;
  };
  const say = (words, trouble) => {
    if (state.textContent !== words) state.textContent = words;
    state.className = trouble ? "trouble" : "";
  };
  const askFailed = async () => {
    const answer = await fetch("/stats/failedMessages");
    return answer.ok ? answer.json() : null;
  };
  const look = async () => {
    const answer = await fetch("/metrics", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const lines = parse(await answer.text());
    const now = performance.now();
    const found = sections(new Look(lines, before, (now - at) / 1000));
    [before, at, answered] = [lines, now, Date.now()];
    if (turn++ % FAILED_EVERY === 0) failed = await askFailed();
    const drawn = found.map(({ title, rows }) => {
      const list = element("div", "rows");
      list.append(...rows.map((row) => drawRow(row, note(`${title} ${row.name}`, row.chart), title)));
      return drawSection(title, list);
    });
    if (failed !== null) drawn.push(drawSection("Messages that no source could read", drawFailed(failed)));
    const scrolled = place.querySelector(".failed")?.scrollTop ?? 0;
    const focused = place.contains(document.activeElement);
    place.replaceChildren(...drawn);
    const list = place.querySelector(".failed");
    if (list !== null) list.scrollTop = scrolled;
    if (focused) list?.focus({ preventScroll: true });
    say("Live", false);
  };
  const beat = async () => {
    try {
      await look();
    } catch {
      for (const key of series.keys()) note(key, null);
      before = null;
      say(answered === null ? "No answer from this process." : `No answer for ${Math.round((Date.now() - answered) / 1000)} s. What is shown is older.`, true);
    }
    setTimeout(beat, EVERY_MS);
  };
  void beat();
}

if (document.getElementById("sections") !== null) run();
