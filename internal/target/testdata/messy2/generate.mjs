// Makes messy2.sql.gz and labels.tsv: a second database with a label for each column, written with other habits than the first:
// other trades, abbreviations, codes, misleading names, few rows, own lists of names. Nothing in it is real. Run: node generate.mjs
import crypto from 'crypto';
import fs from 'fs';
import zlib from 'zlib';
import {tables, after, T, S, N, Q, L} from './model.mjs';
await import('./trades.mjs');
await import('./machines.mjs');
await import('./later.mjs');
await import('./plainer.mjs');

const labels = [];
let sql = '-- Another messy database: see generate.mjs. All people in it are invented.\n';
for (const s of new Set(tables.map(t => t.schema))) sql += `CREATE SCHEMA "${s}";\n`;
sql += after.types.join('\n') + '\n';
const cell = v => v === null || v === undefined ? '\\N' : String(v).replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r');
for (const t of tables) {
  const name = `"${t.schema}"."${t.name}"`;
  sql += `CREATE TABLE ${name} (${t.cols.map(c => `"${c.name}" ${c.type}`).join(', ')});\n`;
  if (t.n) sql += `COPY ${name} FROM stdin;\n` + Array.from({length: t.n}, (_, i) => t.cols.map(c => cell(c.gen(i))).join('\t') + '\n').join('') + '\\.\n';
  for (const c of t.cols) labels.push([t.schema, t.name, c.name, c.label, c.ent]);
}
sql += after.sql.join('\n') + '\nANALYZE;\n';
labels.push(...after.labels);
fs.writeFileSync('messy2.sql.gz', zlib.gzipSync(sql, {level: 9}));
fs.writeFileSync('labels.tsv', labels.map(r => r.join('\t')).join('\n') + '\n');
const count = l => labels.filter(r => r[3] === l).length;
console.log(tables.length, 'tables', labels.length, 'columns', count('s'), 'sensitive', count('n'), 'not', count('?'), 'arguable', fs.statSync('messy2.sql.gz').size, 'bytes');
