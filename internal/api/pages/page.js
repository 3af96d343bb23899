// What both one-time pages share. Text from the server enters the page as text
// nodes only; there is no markup made from strings anywhere.

export const $ = (id) => document.getElementById(id);

// el makes an element: el("td", { className: "num" }, "12").
export function el(tag, props = {}, ...children) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
}

// show switches to one of the page's states and moves the focus to its heading,
// so that a screen reader reads on from there.
export function show(state) {
  for (const s of document.querySelectorAll("[data-state]")) s.hidden = s.dataset.state !== state;
  document.querySelector(`[data-state="${state}"] h1`)?.focus({ preventScroll: true });
}

export function say(text) {
  $("status").textContent = text;
}

// takeCode returns the code of the link and takes it out of the address bar and
// this tab's history. The whole link may be pasted, too.
function takeCode() {
  const code = clean(location.hash);
  history.replaceState(null, "", location.pathname);
  return code;
}

function clean(text) {
  return text.slice(text.indexOf("#") + 1).trim();
}

// start runs the page's life up to the moment at which there is an answer:
// code → Show → POST → shown(answer). It promises that one code is sent once.
export function start({ shown, cleared }) {
  let code = "";
  const offer = (c) => {
    code = c;
    show(code ? "ready" : "empty");
  };
  addEventListener("hashchange", () => {
    const c = takeCode();
    if (!c) return;
    cleared();
    offer(c);
  });
  $("paste").addEventListener("submit", (ev) => {
    ev.preventDefault();
    const c = clean($("code").value);
    $("code").value = "";
    offer(c);
  });
  $("show").addEventListener("click", async () => {
    if (!code) return; // a double click sends one code
    const once = code;
    code = "";
    show("working");
    try {
      const answer = await exchange(once);
      shown(answer);
      show("shown");
    } catch (err) {
      trouble(err);
    }
  });
  // Whatever comes back by the Back button comes back empty.
  addEventListener("pagehide", () => {
    if (!document.querySelector('[data-state="shown"]').hidden) {
      cleared();
      gone("This was shown once", "Get a new code in Slack if you still need it.");
    }
  });
  offer(takeCode());
}

export function gone(title, text) {
  $("gonetitle").textContent = title;
  $("gonetext").textContent = text;
  show("gone");
}

class Trouble extends Error {
  constructor({ detail, kind = "", hint = "", ref = "" }) {
    super(detail);
    this.kind = kind;
    this.hint = hint;
    this.ref = ref;
  }
}

// Nobody knows whether a lost answer used its code, and using it twice would end
// the access: so never try again by itself, and say so.
const lost = {
  detail: "The answer did not arrive.",
  hint: "The code may have been used, so do not try it again: get a new one in Slack.",
};

async function exchange(code) {
  let answer;
  let body;
  try {
    answer = await fetch(location.pathname, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ code }),
      cache: "no-store",
      redirect: "error",
    });
    body = await answer.json();
  } catch {
    throw new Trouble(lost);
  }
  if (!answer.ok) throw new Trouble(body.detail ? body : lost);
  return body;
}

function trouble(err) {
  if (err.kind === "invalid") { // nothing was used up: the box to paste it again is there
    $("emptytitle").textContent = err.message;
    show("empty");
    return;
  }
  $("what").textContent = err instanceof Trouble ? err.message : "This page could not show the answer.";
  $("next").textContent = err instanceof Trouble ? err.hint : "Get a new code in Slack, and tell whoever runs dbaccess.";
  $("ref").hidden = !err.ref;
  $("ref").textContent = err.ref ? `Reference for whoever runs dbaccess: ${err.ref}` : "";
  if (!(err instanceof Trouble)) console.error(err.name);
  show("trouble");
}

// visible makes characters that are not seen, or that turn the order of the
// others around, stand there by their number.
export function visible(text) {
  return text.replace(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// copier makes a button put text() on the clipboard and say so.
export function copier(button, what, text) {
  const label = button.textContent;
  let timer;
  button.addEventListener("click", async () => {
    let done = "Copied";
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      done = "Not allowed";
    }
    button.textContent = done;
    button.classList.toggle("done", done === "Copied");
    say(done === "Copied" ? `${what} copied` : "This browser does not let the page copy: reveal the text and select it.");
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
    }, 1600);
  });
}
