"use strict";
// Everything shown comes from the data block as text: only `textContent` and `createTextNode` put it on the page.
const data = JSON.parse(document.getElementById("data").textContent);
const PAGE = 100;
const ORIGINS = { cached: "o-reuse", rewritten: "o-rewrite", patched: "o-patch", generated: "o-regenerate", solved: "o-solved" };
const DARK_TEXT = new Set(["miss", "bypass", "patch"]);
const byId = (id) => document.getElementById(id);
const text = (at) => data.texts[at];
// Marks that turn the reading direction around, control characters and halves of characters are shown, not obeyed.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu;
const shown = (value) => value.replace(UNSEEN, "\ufffd");

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const child of children) node.append(typeof child === "string" ? shown(child) : child);
  return node;
}
function colour(outcome) { return `var(--${data.outcomes.includes(outcome) ? "o-" + outcome : "other"})`; }
function pill(outcome) {
  const node = make("span", "pill" + (DARK_TEXT.has(outcome) ? " dark" : ""), outcome);
  node.style.background = colour(outcome);
  return node;
}
function time(seconds) {
  if (seconds >= 1) return seconds.toFixed(2) + " s";
  return seconds >= 1e-3 ? (seconds * 1e3).toFixed(seconds < 0.01 ? 1 : 0) + " ms" : seconds > 0 ? (seconds * 1e6).toFixed(0) + " µs" : "";
}
function verdict(row) {
  if (row.correct) return make("span", "verdict good", data.words.right);
  return make("span", "verdict bad", row.served ? data.words.wronglyServed : data.words.wrong);
}

const rows = data.rows.map((cells) => {
  const row = {};
  data.columns.forEach((name, at) => { row[name] = cells[at]; });
  for (const name of data.indexed) row[name] = text(row[name]);
  return row;
});
const together = new Map();
for (const row of rows) {
  row.place = row.workload + "\u0000" + row.seed + "\u0000" + row.number;
  if (!together.has(row.place)) together.set(row.place, []);
  together.get(row.place).push(row);
}

function steps(row) {
  const box = make("div", "said");
  if (!row.steps.length) { box.append(shown(row.answer)); return box; }
  let at = 0;
  for (const [length, origin, judged] of row.steps) {
    const said = make("span", "", row.answer.slice(at, at + length).trim());
    at += length;
    const label = [text(origin), text(judged)].filter(Boolean).join(", ");
    const step = make("div", "step", make("em", text(judged) === "fail" ? "bad" : "", label), said);
    if (ORIGINS[text(origin)]) step.style.borderColor = `var(--${ORIGINS[text(origin)]})`;
    step.dataset.origin = text(origin);
    box.append(step);
  }
  if (at < row.answer.length) box.append(make("div", "step soft", row.answer.slice(at)));
  return box;
}
function pane(title, content) {
  return make("div", "pane", make("h4", "", title), content);
}
function opened(row) {
  const facts = [row.system, row.task || "no task", row.assurance && "assurance " + row.assurance,
    row.calls + (row.calls === 1 ? " model call" : " model calls"), row.input + " in + " + row.output + " out tokens",
    row.overhead ? "overhead " + time(row.overhead) : ""].filter(Boolean).join(" · ");
  const panes = make("div", "pair", pane("Request", make("div", "said", row.request)), pane("Answer", steps(row)));
  if (row.expected) panes.append(pane(data.words.expected, make("div", "said", row.expected)));
  const box = make("div", "open", make("p", "facts", facts));
  if (row.why) box.append(make("p", "facts", "why: " + row.why));
  box.append(panes);
  const others = together.get(row.place).filter((other) => other !== row);
  if (others.length) {
    const list = make("div", "others", make("span", "soft", "the same request:"));
    for (const other of others) {
      const button = make("button", other.correct ? "" : "bad", `${other.system}: ${other.outcome}`);
      button.type = "button";
      button.addEventListener("click", () => box.replaceWith(opened(other)));
      list.append(button);
    }
    box.append(list);
  }
  return box;
}
function line(row) {
  const details = make("details", "row");
  details.append(make("summary", "", make("span", "", pill(row.outcome)), make("span", "ask", row.request),
    make("span", "kind", row.kind), verdict(row), make("span", "time", time(row.latency))));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(opened(row));
  });
  return details;
}

const selects = ["system", "workload", "kind", "outcome"];
let found = [], drawn = 0;
function fill(name, first) {
  const select = byId(name);
  const values = [...new Set(rows.map((row) => row[name]))];
  select.append(new Option(first, ""));
  values.forEach((value, at) => select.append(new Option(shown(value), String(at))));
  select.values = values;
  select.hidden = values.length < 2;
  select.addEventListener("change", search);
}
function chosen(name) {
  const select = byId(name);
  return select.value === "" ? null : select.values[Number(select.value)];
}
function search() {
  const wanted = selects.map((name) => [name, chosen(name)]).filter(([, value]) => value !== null);
  const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const judged = byId("judged").value;
  found = rows.filter((row) =>
    wanted.every(([name, value]) => row[name] === value) &&
    (judged === "" || (judged === "right") === row.correct) && (judged !== "served" || row.served) &&
    words.every((word) => (row.request + "\n" + row.answer + "\n" + row.why).toLowerCase().includes(word)));
  drawn = 0;
  byId("rows").replaceChildren();
  more();
}
function more() {
  byId("rows").append(...found.slice(drawn, drawn + PAGE).map(line));
  drawn = Math.min(found.length, drawn + PAGE);
  byId("count").textContent = found.length === 1 ? "1 request" : found.length.toLocaleString("en") + " requests";
  byId("more").hidden = drawn >= found.length;
}

fill("system", "all systems");
fill("workload", "all workloads");
fill("kind", "all kinds");
fill("outcome", "all outcomes");
const main = byId("system").values.indexOf(data.main);
if (main >= 0) byId("system").value = String(main);
byId("words").addEventListener("input", search);
byId("judged").addEventListener("change", search);
byId("more").addEventListener("click", more);
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
if (location.hash.startsWith("#theme=")) document.documentElement.dataset.theme = location.hash === "#theme=dark" ? "dark" : "light";
search();
const first = byId("rows").querySelector("details");
if (first && data.openFirst) first.open = true;
document.documentElement.dataset.ready = "yes";
