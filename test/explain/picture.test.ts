import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { create } from "xmlbuilder2";
import { OTHER_ENDINGS, PLAIN_DELETE } from "../../src/explain/ending.ts";
import { type DocumentExplanation, explain } from "../../src/explain/explain.ts";
import { PALETTES } from "../../src/explain/picture/style.ts";
import { explanationSvg } from "../../src/explain/picture/svg.ts";
import { contextOf, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { valuesOf } from "../manifest/values.ts";
import { CONTEXT, podOf, shellHook } from "../reviews.ts";
import "../patience.ts";

const PODS = cases(1000);
const ROOT = join(import.meta.dirname, "../..");

/** An element of the picture, as an XML parser reads it. */
interface Parsed {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Parsed | string)[];
}

/** The part of a DOM node that this test needs. */
interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly childNodes: Iterable<DomNode>;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
}

const TEXT_NODE = 3;

function parse(svg: string): Parsed {
  return read(create(svg).root().node as unknown as DomNode);
}

function read({ nodeName, childNodes, attributes }: DomNode): Parsed {
  return {
    name: nodeName,
    attributes: Object.fromEntries([...attributes].map(({ name, value }) => [name, value])),
    children: [...childNodes].map((child) =>
      child.nodeType === TEXT_NODE ? (child.nodeValue ?? "") : read(child),
    ),
  };
}

function all(root: Parsed): readonly Parsed[] {
  return [root, ...root.children.flatMap((child) => (typeof child === "string" ? [] : all(child)))];
}

const ELEMENTS = new Set([
  "svg",
  "title",
  "desc",
  "style",
  "defs",
  "pattern",
  "g",
  "rect",
  "line",
  "circle",
  "path",
  "text",
]);

/** The faults of an SVG picture. */
function faults(svg: string, documents: readonly DocumentExplanation[]): readonly string[] {
  const elements = all(parse(svg));
  const attributes = elements.flatMap((one) => Object.entries(one.attributes));
  return [
    ...(/^[\x20-\x7e\n]+$/.test(svg) ? [] : ["not ASCII"]),
    ...elements.filter(({ name }) => !ELEMENTS.has(name)).map(({ name }) => `element ${name}`),
    ...attributes.filter(([key]) => /^on|href|^style$/.test(key)).map(([key]) => `attribute ${key}`),
    ...attributes
      .filter(([, value]) => /NaN|Infinity|undefined/.test(value))
      .map(([key, value]) => `${key}=${value}`),
    ...elements
      .filter(({ attributes: { width } }) => Number(width) < 0)
      .map(({ name }) => `${name} of negative width`),
    ...(elements.filter(({ attributes }) => attributes["class"] === "paper").length === documents.length
      ? []
      : ["a document is missing"]),
  ];
}

t.test(`${PODS} pods, each with an ending: the picture is well-formed and inert`, async (t) => {
  const endings = [PLAIN_DELETE, ...OTHER_ENDINGS];
  fc.assert(
    fc.property(situation, fc.nat(endings.length - 1), (one, index) => {
      const { documents } = explain([one.object], contextOf(one), endings[index]);
      const svg = explanationSvg(documents);
      const found = faults(svg, documents);
      if (found.length > 0) throw new Error(found.join(", "));
      if (svg !== explanationSvg(documents)) throw new Error("another picture the second time");
    }),
    { numRuns: PODS, seed: 29 },
  );
  t.pass("no faults");
});

t.test("hostile names appear only as text", async (t) => {
  for (const name of [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]>",
    "&lt;",
    "\u0007\u2028'",
  ]) {
    const clean = name.replace(/[^\x20-\x7e]/g, "?");
    const hook = `echo '${name}'; sleep 40`;
    const { documents } = explain([podOf({ containers: [{ ...shellHook(hook, name) }] }, { name })], CONTEXT);
    const svg = explanationSvg(documents);
    t.same(faults(svg, documents), [], clean);
    const texts = all(parse(svg)).filter((one) => one.name === "text");
    t.ok(
      texts.some(({ children }) => children.join("").includes(clean.slice(0, 10))),
      `${clean} is shown`,
    );
  }
});

t.test("the elements of a picture", async (t) => {
  const picture = (containers: readonly object[], spec: object = {}) =>
    all(parse(explanationSvg(explain([podOf({ ...spec, containers: [...containers] })], CONTEXT).documents)));
  const kinds = (elements: readonly Parsed[]) =>
    elements
      .filter(({ attributes }) => attributes["x"] !== undefined && attributes["y"] === "19")
      .map(({ attributes }) => attributes["class"] ?? attributes["fill"]);
  t.same(kinds(picture([shellHook("sleep 10")])), ["hook", "shutdown"]);
  t.same(kinds(picture([shellHook("sleep 10; /x")])), ["hook", "url(#hatched)", "shutdown"]);
  const words = picture([shellHook("sleep 25")]).flatMap((one) => (one.name === "text" ? one.children : []));
  for (const word of [
    "stop signal 25s",
    "kill 30s",
    "grace period ends 30s",
    "app: killed at 30s (has 5s, needs 10s)",
  ])
    t.ok(words.includes(word), word);
  t.ok(words.includes("Nothing would be cut or killed with a grace period of 35s or more."));
  const cut = picture([shellHook("sleep 31")], { terminationGracePeriodSeconds: 30 });
  const classes = (kind: string) => cut.filter(({ attributes }) => attributes["class"] === kind).length;
  t.same(
    [classes("sign sign-harm"), classes("kill kill-harm")],
    [2, 1],
    "the hook is cut, and the app killed",
  );
  const many = picture(
    Array.from({ length: 60 }, (_, i) => ({ ...shellHook(i === 59 ? "sleep 60" : "true", `c${i}`) })),
  );
  const names = many
    .filter(({ attributes }) => attributes["class"] === "name")
    .map(({ children }) => children[0]);
  t.equal(names.length, 40);
  t.equal(names.at(-1), "c59", "one that is killed is drawn, whatever is left out");
});

t.test("the picture has a light and a dark theme", async (t) => {
  const { documents } = explain([podOf({ containers: [shellHook("sleep 25")] })], CONTEXT);
  const [auto, light, dark] = (["auto", "light", "dark"] as const).map((theme) =>
    explanationSvg(documents, theme),
  );
  t.match(auto, /@media \(prefers-color-scheme: dark\)/);
  for (const one of [light, dark]) t.notMatch(one, /@media/);
  t.match(light, PALETTES.light.paper);
  t.notMatch(light, PALETTES.dark.paper);
  t.match(dark, PALETTES.dark.paper);
});

type Rgb = readonly [number, number, number];

/** Converts an sRGB colour to linear light, as in the relative luminance of WCAG 2.2. */
function linear(colour: string): Rgb {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return [red, green, blue];
}

function luminance(colour: string): number {
  const [red, green, blue] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Matrices in linear light that simulate vision without red or green cones (Vienot, Brettel, Mollon 1999). */
const SEEN_BY: Readonly<Record<string, readonly Rgb[]>> = {
  everyone: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopes: [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  deuteranopes: [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
};

/** The CIE 1976 L*a*b* values of a colour, as seen with the colour vision of `matrix`. */
function lab(colour: string, matrix: readonly Rgb[]): readonly number[] {
  const rgb = linear(colour);
  const [red = 0, green = 0, blue = 0] = matrix.map((row) =>
    row.reduce((sum, factor, index) => sum + factor * (rgb[index] ?? 0), 0),
  );
  const f = (value: number): number =>
    value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116;
  const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

t.test("colours have enough contrast and can be distinguished", async (t) => {
  for (const [theme, palette] of Object.entries(PALETTES)) {
    for (const text of ["ink", "muted", "harm", "doubt"] as const)
      t.ok(contrast(palette[text], palette.paper) >= 4.5, `${theme}: ${text} on paper`);
    for (const ground of ["hook", "shutdown"] as const)
      t.ok(contrast(palette.onBar, palette[ground]) >= 4.5, `${theme}: text on ${ground}`);
    for (const shape of ["hook", "shutdown", "dot", "harm", "doubt"] as const)
      t.ok(contrast(palette[shape], palette.paper) >= 3, `${theme}: ${shape} on paper`);
    for (const [eyes, matrix] of Object.entries(SEEN_BY)) {
      const far = (one: string, other: string): number =>
        Math.hypot(...lab(one, matrix).map((value, index) => value - (lab(other, matrix)[index] ?? 0)));
      const pairs = [
        ["hook", "shutdown"],
        ["hook", "harm"],
        ["shutdown", "harm"],
      ] as const;
      for (const [one, other] of pairs)
        t.ok(far(palette[one], palette[other]) > 20, `${theme}: ${one} and ${other}, seen by ${eyes}`);
    }
  }
});

t.test("the picture in the docs is up to date", async (t) => {
  const file = join(ROOT, "docs/long-drain.svg");
  const manifest = readFileSync(join(ROOT, "examples/long-drain.yaml"), "utf8");
  const svg = explanationSvg(explain(valuesOf(manifest), CONTEXT).documents);
  if (process.env["WRITE_TESTDATA"] === "1") writeFileSync(file, svg);
  t.equal(readFileSync(file, "utf8"), svg);
});
