// What the tests see of a page. Text is what is rendered, with white space as a
// reader takes it: any amount is one space.

const text = (el) => (el?.innerText ?? "").replace(/\s+/g, " ");

// caption is the words on a control, without the signs around them.
const caption = (el) => text(el).replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}…?!)]+$/gu, "");

// Elements that have these roles, said or by their nature.
const places = {
  article: "article,[role=article]", dialog: "dialog[open],[role=dialog],[role=alertdialog]", alert: "[role=alert]", status: "[role=status],output",
  listitem: "li,[role=listitem]", row: "tr,[role=row]", main: "main,[role=main]", navigation: "nav,[role=navigation]", banner: "header,[role=banner]",
  log: "[role=log]", tabpanel: "[role=tabpanel]", region: "section,[role=region]", complementary: "aside,[role=complementary]",
};

// find returns the text of the newest place of that role that says all words; of
// the whole page without a role. Nothing, if there is none.
function find(role, words) {
  const among = role ? [...document.querySelectorAll(places[role])].filter((el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) : [document.body];
  return among.map(text).findLast((t) => words.every((w) => t.includes(w))) ?? null;
}

// awaited gives what find finds, as soon as it does; or, if wanted is false, "" as
// soon as it does not. After ms it gives null.
const awaited = (role, words, wanted, ms) => new Promise((done) => {
  const until = performance.now() + ms;
  const look = () => {
    const found = find(role, words);
    if (wanted ? found !== null : found === null) done(found ?? "");
    else if (performance.now() > until) done(null);
    else setTimeout(look, 40);
  };
  look();
});

// closest chooses the element that stands closest to the words: whose smallest
// surroundings that say them all lie deepest. Of equals it is the last, which in a
// list of messages is the newest. It gives -1 if none has such surroundings.
function closest(near, els) {
  let best = -1, deepest = -1;
  els.forEach((el, i) => {
    let at = el;
    while (at && !near.every((w) => text(at).includes(w))) at = at.parentElement;
    let depth = -1;
    for (let up = at; up; up = up.parentElement) depth++;
    if (at && depth >= deepest) {
      best = i;
      deepest = depth;
    }
  });
  return best;
}
