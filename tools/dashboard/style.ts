import { type Element, element } from "../../src/explain/picture/element.ts";
import { PALETTES, type Theme } from "../../src/explain/picture/style.ts";

type Shade = Exclude<Theme, "auto">;

/** The colours of lines, by their position in the legend. Further lines use the same colours again and are dashed. */
const LINES: Readonly<Record<Shade, readonly string[]>> = {
  light: ["#0067a8", "#b93a00", "#00785a", "#8a5a00", "#7a3e9d", "#59636e", "#c2185b", "#1f2328"],
  dark: ["#5cb3f5", "#ff7a45", "#56d8ac", "#e3b341", "#c792ea", "#9aa4af", "#ff79b0", "#e6edf3"],
};

export const LINE_COUNT = LINES.light.length;

const SHAPES = [
  ".panel { fill: none; stroke-width: 1 }",
  ".line { fill: none; stroke-width: 1.5; stroke-linejoin: round }",
  ".dashed { stroke-dasharray: 4 3 }",
  "text.value { font-size: 24px; font-weight: 600 }",
  "text.long { font-size: 17px }",
  "text.tick { font-size: 10px }",
];

function colours(shade: Shade): readonly string[] {
  const { edge, shutdown, doubt, harm } = PALETTES[shade];
  return [
    `.panel { stroke: ${edge} }`,
    `text.green { fill: ${shutdown} }`,
    `text.orange { fill: ${doubt} }`,
    `text.red { fill: ${harm} }`,
    ...LINES[shade].map((colour, index) => `.line-${index} { stroke: ${colour} }`),
  ];
}

/** The styles of the dashboard that the style sheet of explain does not have. */
export function lineStyles(): Element {
  const dark = ["@media (prefers-color-scheme: dark) {", ...colours("dark"), "}"];
  return element("style", {}, [["", ...SHAPES, ...colours("light"), ...dark, ""].join("\n")]);
}
