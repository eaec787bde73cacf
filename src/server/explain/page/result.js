// @ts-check
import { button, make } from "./dom.js";

/**
 * @typedef {import("../page-answer.ts").PageDocument} PageDocument
 * @typedef {Extract<PageDocument, { containers: unknown }>} PagePod
 */

/**
 * The explanation of one YAML document, as HTML.
 *
 * @param {PageDocument} one
 * @returns {HTMLElement}
 */
export function article(one) {
  if (!("containers" in one))
    return make(
      "article",
      {},
      make("h2", {}, one.title),
      make("p", { class: "how" }, one.why),
      ...lost(one.lostFields),
    );
  return make(
    "article",
    {},
    // The heading is hidden, because the picture already shows the title.
    make("h2", { class: "unseen" }, one.title),
    picture(one),
    ...findings(one),
    ...lost(one.lostFields),
    ...injection(one),
    containers(one),
    ...otherEndings(one),
  );
}

/** @param {PagePod} pod */
function picture({ title, ending, time, needed, notes, picture: svg, containers }) {
  const source = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  const said = containers.map((one) => `${one.title}: app ${new Map(one.rows).get("app")}.`);
  const seen = [`Timeline of ${title}, ${ending}: ${time}.`, ...said, needed ?? "", ...notes].join(" ");
  const name = `${title.replaceAll(/[^\w.-]+/g, "-").replaceAll(/^-|-$/g, "")}.svg`;
  return make(
    "figure",
    // On a narrow screen the picture scrolls sideways, also by keyboard.
    { tabindex: "0", "aria-label": `Timeline of ${title}` },
    make("img", { src: source, alt: seen }),
    make("figcaption", {}, make("a", { href: source, download: name }, "Save the picture (SVG)")),
  );
}

/** @param {PagePod} pod */
function findings({ pod }) {
  if (pod === undefined) return [];
  const items = pod.findings.map(({ action, message }) =>
    make("li", {}, make("span", { class: `badge ${action}` }, action), message),
  );
  return [
    make("h3", {}, "Findings"),
    items.length === 0 ? make("p", { class: "note" }, "None.") : make("ul", { class: "findings" }, ...items),
  ];
}

/** @param {readonly string[]} fields */
function lost(fields) {
  if (fields.length === 0) return [];
  return [
    make("h3", {}, "Ignored, because Kubernetes does not have these fields"),
    make("ul", { class: "plain" }, ...fields.map((field) => make("li", {}, field))),
  ];
}

/** @param {PagePod} pod */
function injection({ pod }) {
  if (pod === undefined) return [];
  const { heading, lines } = pod.injection;
  return [
    make("h3", {}, "Injection"),
    make("p", { class: "note" }, heading),
    ...(lines.length === 0
      ? []
      : [make("ul", { class: "plain" }, ...lines.map((line) => make("li", {}, line)))]),
  ];
}

/** @param {PagePod} pod */
function containers({ containers: all, assumptions }) {
  const tables = all.flatMap(({ title, rows }) => [
    make("h3", {}, title),
    make(
      "table",
      {},
      make(
        "tbody",
        {},
        ...rows.map(([label, text]) =>
          make("tr", {}, make("th", { scope: "row" }, label), make("td", {}, text)),
        ),
      ),
    ),
  ]);
  const assumed =
    assumptions.length === 0
      ? []
      : [
          make("h3", {}, "Assumptions"),
          make("ul", { class: "plain" }, ...assumptions.map((one) => make("li", {}, one))),
        ];
  return make("details", {}, make("summary", {}, "How each container stops"), ...tables, ...assumed);
}

/** @param {PagePod} pod */
function otherEndings({ pod }) {
  if (pod === undefined || pod.otherEndings.length === 0) return [];
  const head = ["ending", "grace period", "what is cut or killed"].map((text) =>
    make("th", { scope: "col" }, text),
  );
  const rows = pod.otherEndings.map(({ names, grace, harm }) =>
    make("tr", {}, make("th", { scope: "row" }, names), make("td", {}, grace), make("td", {}, harm)),
  );
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  return [make("details", { open: "" }, make("summary", {}, "Other endings"), table)];
}

/**
 * Shows the diff that fixes the manifest, with a button that copies the diff.
 *
 * @param {string} diff
 */
export function fixBlock(diff) {
  const lines = diff.trimEnd().split("\n");
  const shown = lines.map((line) => make("span", { class: kindOf(line) }, line === "" ? " " : line));
  const copied = make("span", { class: "copied", role: "status" });
  const copy = button("Copy the diff", async () => {
    copied.textContent = (await isCopied(diff))
      ? "Copied."
      : "The browser does not allow the page to copy: select the text and copy it.";
  });
  return make(
    "div",
    { class: "fix" },
    make("pre", { tabindex: "0", "aria-label": "Diff that fixes the manifest" }, ...shown),
    copy,
    copied,
  );
}

/** @param {string} line */
function kindOf(line) {
  if (/^(\+\+\+|---|@@)/.test(line)) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}

/**
 * Copies the text to the clipboard, and returns whether the copy succeeded.
 *
 * @param {string} text
 */
export async function isCopied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
