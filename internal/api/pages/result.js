import { csv, formulas } from "./csv.js";
import { $, el, gone, start, visible } from "./page.js";

const step = 500; // rows drawn at a time
const numbers = /^(smallint|integer|bigint|numeric|real|double precision|money|oid)\b(?!.*\[\])/; // types that read best from the right

let held = null; // the answer, while it is shown
let drawn = 0;
let numeric = [];

start({ shown, cleared });

function shown(answer) {
  held = answer;
  drawn = 0;
  const { rows, columns } = held;
  const types = held.types ?? [];
  numeric = columns.map((_, i) => numbers.test(types[i] ?? ""));
  $("title").textContent = `${count(rows.length, "row")} from ${held.database}`;
  $("request").textContent = held.request;
  $("statement").textContent = visible(held.statement);
  $("truncated").hidden = !held.truncated;
  $("formulas").hidden = !formulas(held);
  $("empty").hidden = rows.length > 0;
  const head = columns.map((c, i) => {
    const name = c === "" ? el("span", { className: "null" }, "no name") : visible(c);
    const th = el("th", { className: numeric[i] ? "num" : "" }, name, el("span", { className: "type" }, visible(types[i] ?? "")));
    th.scope = "col";
    return th;
  });
  $("table").replaceChildren(el("thead", {}, el("tr", {}, ...head)), el("tbody"));
  $("main").classList.replace("narrow", "broad");
  more();
}

function cleared() {
  held = null;
  $("table").replaceChildren();
  $("statement").textContent = "";
  $("title").textContent = "";
  $("main").classList.replace("broad", "narrow");
}

function more() {
  const { rows } = held;
  const next = rows.slice(drawn, drawn + step).map((r) => el("tr", {}, ...r.map(cell)));
  $("table").tBodies[0].append(...next);
  drawn += next.length;
  $("more").hidden = drawn >= rows.length;
  $("seen").textContent = rows.length > drawn ? `${drawn} of ${count(rows.length, "row")} shown; the download has all of them.` : "";
}

function cell(value, i) {
  if (value === null) return el("td", { className: numeric[i] ? "num null" : "null" }, "NULL");
  return el("td", { className: numeric[i] ? "num" : "" }, visible(value));
}

function count(n, what) {
  return `${n.toLocaleString()} ${what}${n === 1 ? "" : "s"}`;
}

$("more").addEventListener("click", more);
$("csv").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([csv(held)], { type: "text/csv;charset=utf-8" }));
  el("a", { href: url, download: `${held.request || "result"}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});
$("forget").addEventListener("click", () => {
  cleared();
  gone("Cleared", "The rows are gone from here and from the server.");
});
