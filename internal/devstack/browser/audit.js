// Contrast of text by the styles that are in force, as WCAG 2 counts it.

// rgba reads any colour that a computed style may name, by painting with it.
const painted = new Map();
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function rgba(color) {
  if (!painted.has(color)) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    painted.set(color, [r, g, b, a / 255]);
  }
  return painted.get(color);
}

const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];

// behind is every colour that an element's text may stand on: the backgrounds of all
// that surround it, painted over one another; of a gradient each of its colours. It
// is empty if a picture is among them.
function behind(el) {
  if (!el) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches && getComputedStyle(document.documentElement).colorScheme.includes("dark");
    return [dark ? [18, 18, 18, 1] : [255, 255, 255, 1]];
  }
  const style = getComputedStyle(el), own = rgba(style.backgroundColor);
  if (style.backgroundImage.includes("url(")) return [];
  const stops = (style.backgroundImage.match(/[a-z]+\([^()]*\)/g) ?? []).map(rgba);
  if (stops.length && stops.every((c) => c[3] === 1)) return stops;
  // The top layer has no surroundings; what it does not paint itself is the page's own.
  const below = own[3] === 1 ? [own] : behind(el.matches("dialog:modal,:popover-open") ? null : el.parentElement).map((c) => over(own, c));
  return stops.length ? below.flatMap((c) => stops.map((stop) => over(stop, c))) : below;
}

const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);

function ratio(a, b) {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
}

// seen tells whether an element is there for the eye: drawn, and not shrunk to
// nothing for screen readers alone.
function seen(el) {
  if (!el.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
  const box = el.getBoundingClientRect(), clip = getComputedStyle(el);
  return box.width > 1 && box.height > 1 && !/inset\(50%|rect\(0/.test(clip.clipPath + clip.clip);
}

// faint is all text with less contrast than wanted, each kind once: "words (ratio)".
// Text of disabled controls, of what is inert behind a dialog, and pictures such as
// emoji are left out.
function faint(wanted) {
  const found = new Map();
  const judge = (el, color, words) => {
    let opacity = 1;
    for (let at = el; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const [r, g, b, a] = rgba(color);
    const measured = behind(el).map((back) => [ratio(over([r, g, b, a * opacity], back), back), back]);
    if (!measured.length) return;
    const [got, back] = measured.reduce((worst, one) => (one[0] < worst[0] ? one : worst));
    const kind = [color, back.map(Math.round)].join();
    if (got < wanted && !found.has(kind)) found.set(kind, `${JSON.stringify(words.slice(0, 60))} has a contrast of ${got.toFixed(2)}: ${color} on rgb(${back.slice(0, 3).map(Math.round)})`);
  };
  const modal = document.querySelector("dialog:modal");
  const top = modal ? [...document.querySelectorAll("dialog:modal")].at(-1) : document.body;
  const walk = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const el = node.parentElement, words = node.data.trim();
    if (!/[\p{L}\p{N}]/u.test(words) || el.closest("script,style,option,:disabled,[aria-disabled=true],[inert],[aria-hidden=true]") || !seen(el)) continue;
    judge(el, getComputedStyle(el).color, words);
  }
  for (const el of top.querySelectorAll("input,textarea,select")) {
    if (el.disabled || !seen(el)) continue;
    if (el.placeholder && !el.value) judge(el, getComputedStyle(el, "::placeholder").color, el.placeholder);
    else if (typeof el.value === "string" && el.value && !/^(checkbox|radio|range|color)$/.test(el.type)) judge(el, getComputedStyle(el).color, el.value);
  }
  return [...found.values()];
}

// twice is every id that more than one element has.
function twice() {
  const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
  return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))];
}

// wide tells by how many pixels the page is wider than its window.
const wide = () => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth);
