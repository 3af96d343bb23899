// csv writes RFC 4180, with each value exactly as the database has it: NULL is an
// empty field, an empty text is "". Nothing is put before what a spreadsheet could
// take for a formula, since that would change the data; the page warns instead.
export function csv({ columns, rows }) {
  const field = (v) => {
    if (v === null) return "";
    return v === "" || /[",\r\n]|^\s|\s$/.test(v) ? `"${v.replaceAll('"', '""')}"` : v;
  };
  return [columns, ...rows].map((r) => r.map(field).join(",") + "\r\n").join("");
}

const formula = /^[=+\-@\t\r]/; // what a spreadsheet may take for one
const plain = /^[-+]?[\d.,]+(e[-+]?\d+)?$/i; // unless it is a number

// formulas reports whether a spreadsheet may take a value, or a column's name, for
// a formula.
export function formulas({ columns, rows }) {
  return [columns, ...rows].some((r) => r.some((v) => v !== null && formula.test(v) && !plain.test(v)));
}
