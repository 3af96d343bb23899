import { $, el, gone, start, visible } from "./page.js";

const step = 500; // rows drawn at a time
const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

let held = null; // the answer, while it is shown
let drawn = 0;
let numeric = [];

start({ shown, cleared });

function shown(answer) {
  held = answer;
  drawn = 0;
  const { rows, columns } = held;
  numeric = columns.map((_, i) => {
    const seen = rows.slice(0, step).map((r) => r[i]).filter((v) => v !== null);
    return seen.length > 0 && seen.every((v) => number.test(v));
  });
  $("title").textContent = `${count(rows.length, "row")} from ${held.database}`;
  $("request").textContent = held.request;
  $("statement").textContent = visible(held.statement);
  $("truncated").hidden = !held.truncated;
  const head = columns.map((c, i) => {
    const th = el("th", { className: numeric[i] ? "num" : "" }, visible(c));
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

// csv writes RFC 4180: NULL is an empty field, an empty text is "".
function csv({ columns, rows }) {
  const field = (v) => {
    if (v === null) return "";
    return v === "" || /[",\r\n]|^\s|\s$/.test(v) ? `"${v.replaceAll('"', '""')}"` : v;
  };
  return [columns, ...rows].map((r) => r.map(field).join(",") + "\r\n").join("");
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
