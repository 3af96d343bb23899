import { $, copier, el, gone, say, start, visible } from "./page.js";

const dots = "••••••••••••";

// The ways to connect, in the order of the tabs.
const ways = [
  ["psql", "psql", "psql asks for the password: copy it above. It stays out of the process list and of your shell's history."],
  ["uri", "URI", "For libpq and most drivers. It holds the password: keep it out of command lines and files."],
  ["env", "Shell", "Environment variables for a POSIX shell. A space in front of a line keeps it out of the history of many shells."],
  ["pgpass", ".pgpass", "One line for ~/.pgpass, a file that only you can read (chmod 600)."],
  ["jdbc", "JDBC", "For DBeaver, DataGrip and other Java programs."],
];

let held = null; // the answer, while it is shown
let revealed = false;
let way = 0;
let timer;

start({ shown, cleared });

function shown(answer) {
  held = answer;
  revealed = false;
  $("title").textContent = answer.name || answer.database;
  $("profile").textContent = answer.profile;
  $("fields").replaceChildren(
    ...row("Host", () => held.host),
    ...row("Port", () => String(held.port)),
    ...row("Database", () => held.database),
    ...row("Role", () => held.role),
    ...row("Password", () => held.password, true),
  );
  draw();
  tick(Date.parse(answer.until), Date.parse(answer.now) - Date.now(), Date.parse(answer.now));
}

// cleared forgets everything that was shown.
function cleared() {
  held = null;
  clearInterval(timer);
  $("fields").replaceChildren();
  $("form").textContent = "";
  $("title").textContent = "";
}

function row(label, value, secret = false) {
  const out = el("span", { className: "value" });
  const buttons = el("span", { className: "buttons" });
  const copy = el("button", { type: "button", className: "copy" }, "Copy");
  copy.setAttribute("aria-label", `Copy ${label.toLowerCase()}`);
  copier(copy, label, value);
  if (secret) {
    out.id = "password";
    const eye = el("button", { type: "button", className: "copy", id: "reveal" });
    eye.addEventListener("click", () => {
      revealed = !revealed;
      draw();
    });
    buttons.append(eye);
  } else {
    out.textContent = visible(value());
  }
  buttons.append(copy);
  return [el("dt", {}, label), el("dd", {}, out, buttons)];
}

// draw shows what depends on whether the password is revealed and on the tab.
function draw() {
  $("password").textContent = revealed ? visible(held.password) : dots;
  $("reveal").textContent = revealed ? "Hide" : "Reveal";
  $("reveal").setAttribute("aria-label", revealed ? "Hide password" : "Reveal password");
  const [key, , note] = ways[way];
  $("form").textContent = revealed ? held.forms[key].trimEnd() : masked(held.forms[key].trimEnd());
  $("formnote").textContent = note;
  $("tabs").childNodes.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === way));
    tab.tabIndex = i === way ? 0 : -1;
  });
  $("panel").setAttribute("aria-labelledby", `tab-${key}`);
}

// masked hides the password in a form. If it is in there in some other spelling,
// the whole form is hidden rather than shown.
function masked(text) {
  if (ways[way][0] === "psql") return text;
  const without = text.replaceAll(held.password, dots).replaceAll(encodeURIComponent(held.password), dots);
  return without === text ? dots : without;
}

ways.forEach(([key, label], i) => {
  const tab = el("button", { type: "button", id: `tab-${key}` }, label);
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", "panel");
  tab.addEventListener("click", () => choose(i));
  tab.addEventListener("keydown", (ev) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[ev.key];
    if (!step) return;
    ev.preventDefault();
    choose((way + step + ways.length) % ways.length);
    $("tabs").childNodes[way].focus();
  });
  $("tabs").append(tab);
});

function choose(i) {
  way = i;
  draw();
}

copier($("copyform"), "Connection", () => held.forms[ways[way][0]].trimEnd());
$("forget").addEventListener("click", () => {
  cleared();
  gone("Cleared", "The credential works until its time is over. If you lose it, press Get credentials in Slack again.");
});

// tick counts down by the server's clock: skew is what it is ahead of ours.
function tick(until, skew, from) {
  $("until").textContent = new Date(until).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  $("until").dateTime = new Date(until).toISOString();
  const update = () => {
    const now = Date.now() + skew;
    if (now >= until) {
      cleared();
      gone("This access is over", "The database refuses this role from now on. Ask again in Slack if you still need it.");
      say("This access is over");
      return;
    }
    $("left").textContent = `${spell(Math.ceil((until - now) / 1000))} left`;
    $("gauge").style.width = `${Math.max(0, Math.min(100, (100 * (until - now)) / (until - from)))}%`;
  };
  clearInterval(timer);
  timer = setInterval(update, 1000);
  update();
}

function spell(seconds) {
  const d = Math.floor(seconds / 86400);
  const h = Math.floor(seconds / 3600) % 24;
  const m = Math.floor(seconds / 60) % 60;
  const s = seconds % 60;
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  if (m) return `${m} min ${String(s).padStart(2, "0")} s`;
  return `${s} s`;
}
