// What a page shows, as far as a machine can judge it. Called with a function that takes the answer.
const done = arguments[arguments.length - 1];

const numbers = (color) => {
  const found = color.match(/[\d.]+(e-\d+)?/g).map(Number);
  const [r, g, b] = color.startsWith("color(srgb") ? found.map((part) => part * 255) : found;
  return [r, g, b, found.length > 3 ? found[3] : 1];
};

const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    layers.push(numbers(getComputedStyle(at).backgroundColor));
    if (layers.at(-1)[3] === 1) break;
  }
  return layers.reduceRight((below, [r, g, b, a]) => over([r, g, b], a, below), [255, 255, 255]);
};

const over = (color, a, below) => color.map((part, i) => a * part + (1 - a) * below[i]);

// WCAG 2.2, relative luminance and contrast ratio
const luminance = (color) => {
  const [r, g, b] = color.map((part) => part / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (element) => {
  const back = behind(element);
  const [r, g, b, a] = numbers(getComputedStyle(element).color);
  const [low, high] = [luminance(back), luminance(over([r, g, b], a, back))].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

const pale = (elements) =>
  elements
    .map((element) => [contrast(element), element])
    .filter(([ratio]) => ratio < 4.5)
    .map(([ratio, element]) => `${ratio.toFixed(2)} ${element.outerHTML.slice(0, 120)}`);

const scrolls = (element) => {
  for (let at = element; at && at.tagName !== "ARTICLE"; at = at.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
  return false;
};

const distorted = (image) => Math.abs(image.height - (image.width * image.naturalHeight) / image.naturalWidth) > 2;

// A formula's own box may be smaller than its signs.
const spills = (element) => element.tagName !== "MJX-CONTAINER" && element.scrollWidth > element.clientWidth + 1;

const see = () => {
  const article = document.querySelector("article.bd-article") || document.body;
  const all = [...article.querySelectorAll("*")].filter((element) => element.checkVisibility());
  const withText = all.filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const root = document.documentElement;
  const theme = root.dataset.theme;
  root.dataset.theme = "light";
  const paleInLight = pale(withText);
  root.dataset.theme = "dark";
  const paleInDark = pale(withText);
  root.dataset.theme = theme;
  return {
    theme,
    paleInLight,
    paleInDark,
    texts: withText.length,
    formulas: document.querySelectorAll(".math").length,
    typeset: [...document.querySelectorAll(".math mjx-container")].filter((box) => box.getBoundingClientRect().width > 0).length,
    misread: [...document.querySelectorAll("mjx-merror, [data-mml-node=merror]")].map((element) => element.textContent),
    pictures: document.images.length,
    poor: [...document.images].filter((image) => !image.alt.trim() || !image.naturalWidth).map((image) => image.src),
    distorted: [...document.images].filter(distorted).map((image) => `${image.width} x ${image.height}: ${image.src}`),
    links: [...new Set([...document.querySelectorAll("a[href]")].map((link) => link.href))],
    widths: [root.scrollWidth, document.body.scrollWidth, innerWidth],
    cut: [...withText, ...document.querySelectorAll("mjx-container")]
      .filter((element) => !element.parentElement.closest("mjx-container") && getComputedStyle(element).display !== "inline")
      .filter((element) => element.getBoundingClientRect().right > innerWidth || spills(element))
      .filter((element) => !scrolls(element))
      .map((element) => element.outerHTML.slice(0, 120)),
  };
};

const loaded = new Promise((go) => (document.readyState === "complete" ? go() : addEventListener("load", go)));

loaded
  .then(() => window.MathJax?.startup?.promise)
  .then(see)
  .then(done, (error) => done({ error: String(error) }));
