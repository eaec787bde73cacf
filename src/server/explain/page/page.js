// @ts-check
import { make, part } from "./dom.js";
import { article, fixBlock, isCopied } from "./result.js";
import { fromFragment, MANIFEST_LIMIT, toFragment } from "./share.js";

const MILLISECONDS = 1000;

/** Milliseconds from the last keystroke to the request. */
const PAUSE = 0.4 * MILLISECONDS;

/** The maximum number of requests for one manifest while the server is busy. A second passes between two requests. */
const MOST_TRIES = 5;

const BUSY = 503;

const KIBIBYTE = 1024;

const form = part("form", HTMLFormElement);
const manifest = part("manifest", HTMLTextAreaElement);
const on = part("on", HTMLSelectElement);
const file = part("file", HTMLInputElement);
const status = part("status", HTMLElement);
const error = part("error", HTMLElement);
const result = part("result", HTMLElement);
const documents = part("documents", HTMLElement);

/** Counts requests. The page ignores the response to an earlier request. */
let asked = 0;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Reads from the form how the pods are stopped, and returns the query parameters of /explain. */
function ending() {
  const fields = [...form.querySelectorAll("label[data-for]:not([hidden]) input")];
  const numbers = fields.flatMap((field) =>
    field instanceof HTMLInputElement && field.value.trim() !== ""
      ? [/** @type {[string, string]} */ ([field.name, field.value.trim()])]
      : [],
  );
  return new URLSearchParams([["on", on.value], ...numbers]);
}

/** Shows the inputs for the selected way to stop the pods, and hides all others. */
function showNumbers() {
  for (const label of form.querySelectorAll("label[data-for]"))
    if (label instanceof HTMLLabelElement) {
      label.hidden = !label.dataset["for"]?.split(" ").includes(on.value);
      const input = label.querySelector('[name="grace"]');
      if (input instanceof HTMLInputElement)
        input.placeholder = on.value === "soft-eviction" ? "0" : "the pod's own";
    }
}

async function explain() {
  clearTimeout(timer);
  const mine = ++asked;
  const text = manifest.value;
  const size = new TextEncoder().encode(text).length;
  if (size > MANIFEST_LIMIT) {
    tooLong(size);
    return;
  }
  status.textContent = "Explaining ...";
  documents.classList.add("stale");
  const query = ending();
  try {
    const answer = await (await ask(text, query, "application/vnd.gracekeeper.page+json")).json();
    if (mine === asked && show(answer)) await fix(text, query, mine);
  } catch (reason) {
    if (mine === asked) fail(messageOf(reason));
  }
}

/**
 * Shows the diff that fixes the manifest. If the request fails, the timelines stay.
 *
 * @param {string} text
 * @param {URLSearchParams} query
 * @param {number} mine
 */
async function fix(text, query, mine) {
  try {
    const diff = await (await ask(text, query, "text/x-diff")).text();
    if (mine === asked && diff !== "") showFix(diff);
  } catch (reason) {
    if (mine === asked) status.textContent += ` There is no diff: ${messageOf(reason)}`;
  }
}

/** @param {unknown} reason */
function messageOf(reason) {
  return reason instanceof Error ? reason.message : String(reason);
}

/**
 * Asks the server. Repeats the request if the server is busy.
 *
 * @param {string} text
 * @param {URLSearchParams} query
 * @param {string} accept
 * @returns {Promise<Response>}
 */
async function ask(text, query, accept, tries = 1) {
  const response = await fetch(`/explain?${query}`, {
    method: "POST",
    headers: { accept, "content-type": "text/plain" },
    body: text,
  }).catch(() => {
    throw new Error("The server does not answer. Is it still running?");
  });
  if (response.ok) return response;
  if (response.status === BUSY && tries < MOST_TRIES) {
    await new Promise((resolve) => setTimeout(resolve, MILLISECONDS));
    return ask(text, query, accept, tries + 1);
  }
  throw new Error(await response.text());
}

/**
 * Shows the answer. Returns whether there are denials or warnings, which may have a fix.
 *
 * @param {import("../page-answer.ts").PageAnswer} answer
 */
function show({ documents: all }) {
  error.hidden = true;
  documents.replaceChildren(...all.map(article));
  documents.classList.remove("stale");
  const pods = all.filter((one) => "containers" in one);
  const found = pods.flatMap(({ pod }) => pod?.findings ?? []);
  const counts = ["deny", "warn", "audit"].flatMap((action) => {
    const count = found.filter((one) => one.action === action).length;
    return count === 0 ? [] : [`${count} ${action}`];
  });
  // The response has findings only if the pods are stopped by a delete without a grace period.
  const isPlain = pods.some(({ pod }) => pod !== undefined);
  const what = isPlain ? `; findings: ${counts.join(", ") || "none"}` : "";
  status.textContent = `${pods.length} ${pods.length === 1 ? "pod" : "pods"} explained${what}.`;
  return found.some(({ action }) => action !== "audit");
}

/**
 * The diff is below the findings if there is one pod, and at the top if there are several.
 *
 * @param {string} diff
 */
function showFix(diff) {
  const lists = documents.querySelectorAll(".findings");
  const block = fixBlock(diff);
  if (lists.length === 1) lists[0]?.after(block);
  else documents.prepend(make("article", {}, make("h2", {}, "Fixes"), block));
}

/** @param {number} size */
function tooLong(size) {
  const kibibytes = Math.ceil(size / KIBIBYTE);
  fail(`The manifest has ${kibibytes} KiB, and 64 KiB is the limit. Remove the pods that you do not need.`);
}

/** @param {string} sentence */
function fail(sentence) {
  error.textContent = sentence;
  error.hidden = false;
  status.textContent = "";
  documents.classList.add("stale");
}

function explainSoon() {
  clearTimeout(timer);
  timer = setTimeout(explain, PAUSE);
}

/** @param {Blob | undefined | null} blob */
async function read(blob) {
  if (!blob) return;
  if (blob.size > MANIFEST_LIMIT) {
    tooLong(blob.size);
    return;
  }
  manifest.value = await blob.text();
  await explain();
}

async function share() {
  const fragment = await toFragment(manifest.value, ending());
  history.replaceState(null, "", `#${fragment}`);
  const copied = await isCopied(location.href);
  part("shared", HTMLElement).textContent = copied
    ? "The link is copied and is in the address bar."
    : "The link is in the address bar.";
}

/** Fills the form from the link if the link has a manifest, and explains the manifest in the form. */
async function start() {
  try {
    const shared = await fromFragment(location.hash.slice(1));
    if (shared !== undefined) fillIn(shared);
  } catch (reason) {
    showNumbers();
    fail(messageOf(reason));
    return;
  }
  showNumbers();
  await explain();
}

/** @param {{ manifest: string, ending: URLSearchParams }} shared */
function fillIn({ manifest: text, ending: query }) {
  manifest.value = text;
  const given = query.get("on");
  on.value = [...on.options].some(({ value }) => value === given) ? (given ?? "delete") : "delete";
  for (const input of form.querySelectorAll("label[data-for] input"))
    if (input instanceof HTMLInputElement) input.value = query.get(input.name) ?? "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void explain();
});
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void explain();
});
form.addEventListener("input", explainSoon);
on.addEventListener("change", () => {
  showNumbers();
  void explain();
});
part("open", HTMLButtonElement).addEventListener("click", () => file.click());
file.addEventListener("change", () => void read(file.files?.[0]));
part("share", HTMLButtonElement).addEventListener("click", () => void share());
for (const type of ["dragover", "dragleave", "drop"])
  manifest.addEventListener(type, (event) => {
    if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    manifest.classList.toggle("dropping", type === "dragover");
    if (type === "drop") void read(event.dataTransfer.files[0]);
  });
window.addEventListener("hashchange", () => void start());
// The skip link must not change the fragment, which may hold a manifest.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  result.focus();
});

await start();
