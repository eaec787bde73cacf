import { type Element, element } from "./element.ts";

/** `auto` follows the colour scheme of the reader, and is light if the viewer has no such setting. */
export type Theme = "auto" | "light" | "dark";

export const THEMES = ["auto", "light", "dark"] as const satisfies readonly Theme[];

/**
 * Blue, green and vermilion from the palette of Okabe and Ito, which colour-blind readers can distinguish, made darker
 * or lighter for contrast. Shapes with a meaning have a contrast of 3 with the paper, and text has a contrast of 4.5
 * (WCAG 2.2, 1.4.3 and 1.4.11). Hatching, dots and signs have the same meaning without colour.
 */
const LIGHT = {
  paper: "#ffffff",
  edge: "#d0d7de",
  ink: "#1f2328",
  muted: "#59636e",
  grid: "#e4e8ec",
  hook: "#0067a8",
  shutdown: "#00785a",
  /** The background colours of the hatched and the dotted rectangles in a bar. */
  maybeHook: "#d6e9f8",
  turn: "#f0f2f4",
  dot: "#6b7480",
  /** Text in a bar. */
  onBar: "#ffffff",
  harm: "#b93a00",
  doubt: "#8a5a00",
};

export const PALETTES: Readonly<Record<Exclude<Theme, "auto">, typeof LIGHT>> = {
  light: LIGHT,
  dark: {
    paper: "#0d1117",
    edge: "#30363d",
    ink: "#e6edf3",
    muted: "#9aa4af",
    grid: "#22282f",
    hook: "#5cb3f5",
    shutdown: "#56d8ac",
    maybeHook: "#12314a",
    turn: "#1b2129",
    dot: "#8b949e",
    onBar: "#0d1117",
    harm: "#ff7a45",
    doubt: "#e3b341",
  },
};

const FONT =
  "font-family: system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, DejaVu Sans, sans-serif";

const SHAPES = [
  `text { ${FONT}; font-size: 12px }`,
  // A stroke in the colour of the paper hides the grid lines behind a text.
  "text { paint-order: stroke; stroke-width: 4px; stroke-linejoin: round }",
  ".title { font-size: 18px; font-weight: 600 }",
  ".name { font-size: 13px; font-weight: 600 }",
  ".strong { font-weight: 600 }",
  ".small, .bar-text { font-size: 11px }",
  ".end { text-anchor: end }",
  ".middle { text-anchor: middle }",
  ".grid { stroke-width: 1 }",
  ".grace { stroke-width: 1.5; stroke-dasharray: 5 4 }",
  ".off, .signal { stroke-width: 2 }",
  ".spare { fill: none; stroke-width: 1; stroke-dasharray: 3 3 }",
  ".sign { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }",
  ".kill { fill: none; stroke-width: 3; stroke-linecap: round }",
  ".hatch { stroke-width: 2.5 }",
];

function colours(palette: typeof LIGHT): readonly string[] {
  const { paper, edge, ink, muted, grid, hook, shutdown, maybeHook, turn, dot, onBar, harm, doubt } = palette;
  return [
    `.paper { fill: ${paper}; stroke: ${edge} }`,
    `text, .flag { fill: ${ink} }`,
    `text:not(.bar-text) { stroke: ${paper} }`,
    `.muted { fill: ${muted} }`,
    `.grid { stroke: ${grid} }`,
    `.grace { stroke: ${muted} }`,
    `.off, .signal { stroke: ${ink} }`,
    `.hook { fill: ${hook} }`,
    `.hatch { stroke: ${hook} }`,
    `.maybe { fill: ${maybeHook} }`,
    `.turn { fill: ${turn} }`,
    `.dot { fill: ${dot} }`,
    `.shutdown { fill: ${shutdown} }`,
    `.spare { stroke: ${dot} }`,
    `.bar-text { fill: ${onBar} }`,
    `.harm { fill: ${harm} }`,
    `.doubt { fill: ${doubt} }`,
    `.sign-harm, .kill-harm { stroke: ${harm} }`,
    `.sign-doubt, .kill-doubt { stroke: ${doubt} }`,
    `.sign-well { stroke: ${shutdown} }`,
    `.kill-well { stroke: ${dot} }`,
  ];
}

/** The style sheet, which has no variables, because some SVG programs do not support CSS variables. */
export function styleSheet(theme: Theme): Element {
  const own = colours(PALETTES[theme === "dark" ? "dark" : "light"]);
  const dark = ["@media (prefers-color-scheme: dark) {", ...colours(PALETTES.dark), "}"];
  return element("style", {}, [["", ...SHAPES, ...own, ...(theme === "auto" ? dark : []), ""].join("\n")]);
}

/** Pixels between two lines of hatching. */
const HATCH = 7;
/** The distance between two dots, and the radius of a dot, in pixels. */
const DOTS = 6;
const DOT = 1.2;

/** Fills that differ even without colour: a hook that may still run is hatched, a wait is dotted. */
export function patterns(): Element {
  const square = (size: number, shape: Element, ground: string): readonly Element[] => [
    element("rect", { class: ground, width: size, height: size }),
    shape,
  ];
  const line = element("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: HATCH });
  const dot = element("circle", { class: "dot", cx: DOTS / 2, cy: DOTS / 2, r: DOT });
  return element("defs", {}, [
    element(
      "pattern",
      { id: "hatched", ...size(HATCH), patternTransform: "rotate(45)" },
      square(HATCH, line, "maybe"),
    ),
    element("pattern", { id: "dotted", ...size(DOTS) }, square(DOTS, dot, "turn")),
  ]);
}

function size(pixels: number): Element["attributes"] {
  return { width: pixels, height: pixels, patternUnits: "userSpaceOnUse" };
}
