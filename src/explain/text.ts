import { drawing, legend } from "./drawing.ts";
import { powerOffAt } from "./ending.ts";
import type { DocumentExplanation, Explanation, PodExplanation } from "./explain.ts";
import { drawn } from "./segments.ts";
import { PLAIN, type TextStyle } from "./text-style.ts";
import type { OtherEndingWords } from "./words/ending-text.ts";
import { type PodWords, wordsOf } from "./words/words.ts";

/** The explanation as plain text: printable ASCII, except for what the style adds. The text ends with a newline. */
export function explanationText({ documents }: Explanation, style: TextStyle = PLAIN): string {
  return `${documents.map((one) => documentText(one, style)).join("\n\n")}\n`;
}

function documentText(explanation: DocumentExplanation, style: TextStyle): string {
  const words = wordsOf(explanation);
  if ("why" in words) return [`${words.title}: ${words.why}`, ...lostLines(words)].join("\n");
  return [
    `${style.paint(words.title, "title")}, ${words.ending}: ${words.time}`,
    ...(words.limit === undefined ? [] : [`  ${words.limit}`]),
    "",
    ...picture(explanation as PodExplanation, words, style),
    ...(words.needed === undefined ? [] : ["", `  ${words.needed}`]),
    ...words.containers.flatMap(({ title, rows }) => [
      "",
      style.paint(title, "title"),
      ...rows.map(([label, text]) => `  ${label.padEnd(LABEL_COLUMNS)} ${text}`),
    ]),
    ...(words.assumptions.length === 0
      ? []
      : ["", "Assumptions:", ...words.assumptions.map((one) => `  - ${one}`)]),
    ...lostLines(words),
    ...podLines(words, style),
  ].join("\n");
}

/** The width of the label column. The longest labels, such as `stop signal`, have 11 characters. */
const LABEL_COLUMNS = 12;

/** The bars of the timeline, and the notes below the bars. */
function picture({ ending, containers }: PodExplanation, { notes }: PodWords, style: TextStyle): string[] {
  const lines = drawing(containers.map(drawn), { ...style, offAt: powerOffAt(ending) });
  const bars = lines.length === 0 ? [] : [...lines, legend(style, ending.on === "spot")];
  const gap = bars.length > 0 && notes.length > 0 ? [""] : [];
  return [...bars, ...gap, ...notes].map((line) => (line === "" ? line : `  ${line}`));
}

function lostLines({ lostFields }: { readonly lostFields: readonly string[] }): readonly string[] {
  if (lostFields.length === 0) return [];
  return [
    "",
    "Ignored, because Kubernetes does not have these fields:",
    ...lostFields.map((line) => `  ${line}`),
  ];
}

/** `audit`. */
const ACTION_COLUMNS = 5;

function podLines({ pod }: PodWords, { paint, ask }: TextStyle): readonly string[] {
  if (pod === undefined) return [];
  const { findings, injection, otherEndings } = pod;
  const found = findings.map(
    ({ action, message }) => `  ${paint(action.padEnd(ACTION_COLUMNS), action)} ${message}`,
  );
  const others = [
    "",
    `Other endings of the pod (${ask}), with the grace period and what is cut or killed:`,
    ...otherLines(otherEndings),
  ];
  return [
    "",
    ...(found.length === 0 ? ["Findings: none"] : ["Findings:", ...found]),
    "",
    injection.heading,
    ...injection.lines.map((line) => `  ${line}`),
    ...(otherEndings.length === 0 ? [] : others),
  ];
}

function otherLines(others: readonly OtherEndingWords[]): readonly string[] {
  const width = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const [names, graces] = [width(others.map(({ names }) => names)), width(others.map(({ grace }) => grace))];
  return others.map(
    ({ names: name, grace, harm }) => `  ${name.padEnd(names)}  ${grace.padStart(graces)}  ${harm}`,
  );
}
