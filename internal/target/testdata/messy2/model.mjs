// What the tables are made with: a seeded generator of chance, check digits, and lists of names and words of our own.
import crypto from 'crypto';
let state = 20260921;
export const rnd = () => { state |= 0; state = state + 0x6D2B79F5 | 0; let t = Math.imul(state ^ state >>> 15, 1 | state); t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) / 4294967296; };
export const R = (a, b) => a + Math.floor(rnd() * (b - a + 1)), pick = a => a[R(0, a.length - 1)];
export const maybe = (percent, g) => i => R(0, 99) < percent ? g(i) : null;
const from = s => n => Array.from({length: n}, () => s[R(0, s.length - 1)]).join('');
export const digits = from('0123456789'), hex = from('0123456789abcdef'), upper = from('ABCDEFGHJKLMNPRSTUVWXYZ'), alnum = from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'), ALNUM = from('ABCDEFGHJKMNPQRSTVWXYZ0123456789'), nano = from('useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict'), b64s = from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
export const pad = (n, w) => String(n).padStart(w, '0');
export const day = (a, b) => `${R(a, b)}-${pad(R(1, 12), 2)}-${pad(R(1, 28), 2)}`, when = () => `${day(2022, 2026)} ${pad(R(0, 23), 2)}:${pad(R(0, 59), 2)}:${pad(R(0, 59), 2)}+00`;
export const sha = (a, s) => crypto.createHash(a).update(s).digest('hex');
export const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`, ulid = () => '01J' + ALNUM(23);
export const b64 = o => Buffer.from(typeof o === 'string' ? o : JSON.stringify(o)).toString('base64');
const luhnDigit = b => { let s = 0; [...b].reverse().forEach((c, i) => { let x = +c; if (i % 2 === 0) { x *= 2; if (x > 9) x -= 9; } s += x; }); return (10 - s % 10) % 10; };
export const luhn = b => b + luhnDigit(b);
export const card = () => luhn(pick(['4', '51', '53', '55', '2221']).padEnd(6, digits(5)) + digits(9)), amex = () => luhn('37' + digits(12)), imei = () => luhn('35' + digits(12));
const mod97 = (cc, b) => { let m = 0; for (const c of (b + cc + '00').replace(/[A-Z]/g, c => c.charCodeAt(0) - 55)) m = (m * 10 + +c) % 97; return cc + pad(98 - m, 2) + b; };
export const iban = {DE: () => mod97('DE', digits(18)), ES: () => mod97('ES', digits(20)), FR: () => mod97('FR', digits(23)), IT: () => mod97('IT', upper(1) + digits(22)), NL: () => mod97('NL', pick(['INGB', 'RABO', 'TRIO']) + digits(10)), PT: () => mod97('PT', digits(21)), GB: () => mod97('GB', 'BARC' + digits(14))};
export const dni = () => { const n = digits(8); return n + 'TRWAGMYFPDXBNJZSQVHLCKE'[+n % 23]; }, nie = () => { const x = R(0, 2), n = digits(7); return 'XYZ'[x] + n + 'TRWAGMYFPDXBNJZSQVHLCKE'[+(x + n) % 23]; };
export const cpf = () => { let b = digits(9); for (let k = 0; k < 2; k++) { let s = 0; [...b].forEach((c, i) => s += +c * (b.length + 1 - i)); b += s * 10 % 11 % 10; } return b; };
export const bsn = () => { for (;;) { const b = R(1, 9) + digits(7); let s = 0; [...b].forEach((c, i) => s += +c * (9 - i)); if (s % 11 < 10) return b + s % 11; } };
export const nifPT = () => { const b = pick(['1', '2']) + digits(7); let s = 0; [...b].forEach((c, i) => s += +c * (9 - i)); const k = 11 - s % 11; return b + (k > 9 ? 0 : k); };
export const nir = () => { const b = pick(['1', '2']) + pad(R(40, 99), 2) + pad(R(1, 12), 2) + pad(R(1, 95), 2) + digits(6); return b + pad(97 - Number(BigInt(b) % 97n), 2); };
export const steuer = () => { for (;;) { const b = R(1, 9) + digits(9); let p = 10; for (const c of b) { let s = (+c + p) % 10; if (!s) s = 10; p = 2 * s % 11; } return b + (11 - p) % 10; } };
export const fiscal = () => { const b = upper(6) + digits(2) + pick([...'ABCDEHLMPRST']) + pad(R(1, 28), 2) + pick([...'ABFGHL']) + digits(3); const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]; let s = 0; [...b].forEach((c, i) => { const v = c >= 'A' ? c.charCodeAt(0) - 65 : +c; s += i % 2 ? v : odd[v]; }); return b + String.fromCharCode(65 + s % 26); };
export const ssn = () => `${pad(R(1, 665), 3)}-${pad(R(1, 99), 2)}-${pad(R(1, 9999), 4)}`, nino = () => pick(['AB', 'CE', 'JK', 'PR']) + digits(6) + pick([...'ABCD']);
export const pesel = () => { const b = pad(R(40, 99), 2) + pad(R(1, 12), 2) + pad(R(1, 28), 2) + digits(4); let s = 0; [...b].forEach((c, i) => s += +c * [1, 3, 7, 9][i % 4]); return b + (10 - s % 10) % 10; };
export const ean = () => { const b = '40' + digits(10); let s = 0; [...b].forEach((c, i) => s += +c * (i % 2 ? 3 : 1)); return b + (10 - s % 10) % 10; };

export const given = {
  de: 'Anneliese Bernd Cornelia Dietmar Edeltraud Friedhelm Gerlinde Hartmut Ingeborg Jochen Katrin Lothar Mechthild Norbert Ottilie Rainer Sieglinde Torsten Ulrike Wolfgang Jürgen Käthe'.split(' '),
  fr: 'Amélie Baptiste Clémence Didier Élodie Fabrice Gaëlle Hervé Inès Jérôme Karine Loïc Maëlys Noémie Océane Pascal Quentin Rémi Solène Thibault Yannick Zoé'.split(' '),
  es: 'Álvaro Begoña Consuelo Desiderio Encarnación Fermín Gonzalo Hortensia Iñaki Jimena Leocadia Macarena Nuria Óscar Pilar Ramiro Soledad Trinidad Vicente Yolanda'.split(' '),
  pt: 'Adalberto Benedita Caetano Dulce Elisângela Fabiano Graça Henrique Iracema João Lindalva Matilde Nuno Otávio Perpétua Raimundo Severino Teresinha Vasco Zulmira'.split(' '),
  it: 'Alessia Bartolomeo Concetta Donatella Ermenegildo Fiorenza Gennaro Ilaria Loredana Massimiliano Nunzia Ornella Pasquale Rosaria Salvatore Tiziana Umberto Vincenzo'.split(' '),
  nl: 'Anouk Bastiaan Coosje Dirk Elsbeth Femke Geert Hendrika Ingmar Jolijn Klaas Liselotte Maarten Nienke Ouke Pieter Roelof Sanne Teun Wietske'.split(' '),
  en: 'Abigail Bertram Clementine Desmond Eleanor Fergus Gwendolyn Hector Imogen Jasper Keira Lachlan Millicent Niamh Oswald Philippa Rupert Siobhan Tabitha Wilfred'.split(' '),
};
export const family = {
  de: 'Kröhnke Oberhuber Grabowski Schlüter Weidenfeller Petersen Hagedorn Niedermayer Lüdtke Pfeiffer Zander Brinkmann Aßmann Kühnel Rademacher'.split(' '),
  fr: 'Lefebvre Charpentier Delacroix Guérin Bonnefoy Marchand Pelletier Rousseau Vasseur Kerouac Tessier Barbier Carpentier Joly'.split(' '),
  es: 'Aguirre Echeverría Zapatero Iglesias Quesada Montalbán Carrasco Bermúdez Olmedo Pizarro Zubizarreta Gallardo Villalobos'.split(' '),
  pt: 'Albuquerque Figueiredo Guimarães Nogueira Sequeira Vasconcelos Cavalcanti Brandão Rebelo Assunção Teixeira Moutinho'.split(' '),
  it: 'Bevilacqua Colombo Esposito Ferrero Mastroianni Pellegrini Santoro Tagliaferri Zanetti Guidi Lombardi Quattrocchi'.split(' '),
  nl: 'Bakker Dijkstra Hoekstra Koopman Oosterhuis Schouten Verhoeven Wijnands Zijlstra Terpstra Brouwer Hofman'.split(' '),
  en: 'Abernathy Blenkinsop Carruthers Dunmore Fotheringham Gallagher Hargreaves Kettlewell McAllister Penhaligon Thistlewood Wainwright Ainsworth Birtwhistle Cartwright Davenport Eastwood Featherstone Greenhalgh Holloway Ingham Jessop Kershaw Lockwood Micklethwaite Naylor Ogden Pickering Quigley Rawsthorne Sutcliffe Tattersall Underhill Vickers Whittaker Yardley'.split(' '),
};
export const first = l => pick(given[l]), last = l => pick(family[l]), whole = l => first(l) + ' ' + last(l);
const flat = s => s.normalize('NFD').replace(/[^A-Za-z]/g, '').toLowerCase();
export const mail = l => `${pick([flat(first(l))[0], flat(first(l))])}.${flat(last(l))}${pick(['', R(1, 99)])}@${pick(['posteo.example', 'webmail.test', 'orange.example', 'proton.test', 'libero.example', 'correo.test'])}`;
export const tel = {de: () => pick(['0', '+49 ']) + pick(['170', '30', '89', '151']) + pick(['/', ' ', '-']) + digits(7), fr: () => pick(['06', '07', '01']) + [1, 2, 3, 4].map(() => '.' + digits(2)).join(''), es: () => pick(['6', '7', '9']) + R(10, 69) + ' ' + digits(3) + ' ' + digits(3), pt: () => '9' + pick(['1', '2', '3', '6']) + digits(1) + ' ' + digits(3) + ' ' + digits(3), it: () => '3' + pick(['28', '33', '47', '49']) + ' ' + digits(7), nl: () => '06-' + R(1, 5) + digits(7), en: () => '07' + R(400, 999) + ' ' + R(100000, 999999), us: () => `${R(201, 989)}-${R(200, 999)}-${digits(4)}`};
export const road = {de: () => pick(['Lindenstr.', 'Am Alten Markt', 'Goethestraße', 'Mühlenweg', 'Bahnhofsallee', 'Hinter der Kirche']) + ' ' + R(1, 140) + pick(['', 'a']), fr: () => `${R(1, 120)}${pick([' ', ' bis '])}${pick(['rue', 'avenue', 'chemin', 'impasse'])} ${pick(['des Lilas', 'du Moulin', 'Victor Hugo', 'de la Gare'])}`, es: () => pick(['C/ Mayor', 'Avda. de la Paz', 'Pza. España', 'Calle del Pez', 'Ronda Norte']) + ', ' + R(1, 90) + pick(['', ' 3ºB', ' bajo']), pt: () => pick(['Rua das Flores', 'Travessa do Carmo', 'Av. Paulista', 'Praça da Sé']) + ', ' + R(1, 900), it: () => pick(['Via Garibaldi', 'Corso Vittorio Emanuele', 'P.zza Dante', 'Viale dei Tigli']) + ' ' + R(1, 80), nl: () => pick(['Dorpsstraat', 'Prinsengracht', 'Kerkweg', 'Molenlaan', 'Stationsplein']) + ' ' + R(1, 300), en: () => R(1, 220) + ' ' + pick(['Station Road', 'High Street', 'Orchard Close', 'Mill Lane', 'Kings Avenue'])};
export const goods = () => pick(['Oxford Street Coat', 'Emma Wrap Dress', 'Ludwig Corner Sofa', 'Victoria Sponge Tin', 'Florence Lamp', 'Chelsea Boot Black', 'Martin Classic Guitar', 'Billy Shelf', 'Jasmine Tea 100g', 'Berlin Wall Clock', 'Rosa Garden Hose', 'Hugo Desk', 'Paris Mirror 60cm', 'Charlotte Chair']) + pick(['', ' XL', ' 2.0', ' (set of 2)']);
export const prose = {en: () => pick(['The device arrived without a manual.', 'Please check the boiler before winter.', 'Everything went well and was on time.', 'Delivery was late again, box was dented.']), de: () => pick(['Lieferung kam zu spät an.', 'Gerät läuft wieder einwandfrei.', 'Bitte vor Weihnachten erledigen.', 'Unterlagen fehlen noch.']), fr: () => pick(['Bon travail ce trimestre, à poursuivre.', 'Le colis est arrivé abîmé.', 'Élève sérieux mais bavard en classe.']), es: () => pick(['El paquete llegó tarde.', 'Pendiente de recibir la documentación.', 'Todo correcto, sin incidencias.']), nl: () => pick(['Pakket kwam beschadigd aan.', 'Alles is goed verlopen.', 'Graag voor vrijdag afhandelen.'])};
export const ip = () => `${R(11, 223)}.${R(0, 255)}.${R(0, 255)}.${R(1, 254)}`, agent = () => `Mozilla/5.0 (${pick(['X11; Linux x86_64', 'Windows NT 10.0; Win64; x64', 'iPhone; CPU iPhone OS 17_4 like Mac OS X'])}) AppleWebKit/${R(537, 605)}.36`;
export const jwt = () => [b64({alg: 'RS256', typ: 'JWT'}), b64({sub: uuid(), exp: 1790000000}), alnum(43)].map(s => s.replace(/=+$/, '')).join('.');

export const tables = [], after = {types: [], sql: [], labels: []};
export const S = (name, type, ent, gen) => ({name, type, label: 's', ent, gen}), N = (name, type, gen) => ({name, type, label: 'n', ent: '', gen}), Q = (name, type, gen) => ({name, type, label: '?', ent: '', gen});
export const T = (name, n, ...cols) => { const [schema, table] = name.split('.'); tables.push({schema, name: table, n: Math.ceil(n * .8), cols}); };
export const L = (name, ...cols) => { for (const [c, l, e] of cols) after.labels.push([...name.split('.'), c, l, e || '']); };
export const id = i => i + 1, fk = n => () => R(1, n);
