import { readFileSync, statSync } from "node:fs";
import t from "tap";
import { create } from "xmlbuilder2";
import { board, legendOf } from "../../tools/dashboard/board.ts";
import { boardSvg } from "../../tools/dashboard/picture.ts";
import { ticks, valueText } from "../../tools/dashboard/units.ts";
import "../patience.ts";

const FILE = new URL("../../docs/dashboard.svg", import.meta.url);
const KIBIBYTE = 1024;

/** The contents of all <text> elements of an SVG, in document order. */
const textsIn = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);

t.test("the picture in the docs has every panel, with data, and is small (npm run dashboard)", async (t) => {
  const svg = readFileSync(FILE, "utf8");
  create(svg);
  const texts = textsIn(svg);
  for (const { title } of board()) t.ok(texts.includes(title), title);
  t.notOk(texts.includes("No data"));
  t.ok(statSync(FILE).size < 150 * KIBIBYTE, `${statSync(FILE).size} bytes`);
  t.notMatch(svg, /<script|href|127\.0\.0\.1/);
});

t.test("a gap in the samples is a gap in the line, and a panel without samples says so", async (t) => {
  const [stat, chart] = [board()[0], board().find(({ type }) => type === "timeseries")];
  if (stat === undefined || chart === undefined) throw new Error("no panels");
  const samples = [0, 5, 10, 60, 65].map((time) => [time, 1] as const);
  const svg = boardSvg(
    [
      { panel: stat, lines: [] },
      { panel: chart, lines: [{ legend: "a <b>", samples }] },
    ],
    { start: 0, end: 120, events: ["0:10 it happens"] },
  );
  create(svg);
  const texts = textsIn(svg);
  for (const text of ["No data", "a &lt;b&gt;", "0:10 it happens", "2:00"]) t.ok(texts.includes(text), text);
  const strokes = /class="line line-0" d="(M[^h"]*)"/.exec(svg)?.[1] ?? "";
  t.equal(strokes.match(/M/g)?.length, 2);
});

t.test("values are formatted as in Grafana", async (t) => {
  const rows = [
    ["s", 0.0042, "4.2 ms"],
    ["s", 79_920, "22.2 hours"],
    ["s", 0, "0"],
    ["bytes", 128 * KIBIBYTE * KIBIBYTE, "128 MiB"],
    ["bool_yes_no", 0, "No"],
    ["bool_yes_no", 1, "Yes"],
    ["reqps", 2.5, "2.5 req/s"],
    ["none", 3, "3"],
  ] as const;
  for (const [unit, value, text] of rows) t.equal(valueText(unit, value), text);
  t.same(ticks("s", 0.0042, 3), [0, 0.002, 0.004, 0.006]);
  t.same(ticks("reqps", 0, 3), [0]);
  t.same(ticks("bytes", 100, 3), [0, 64, 128]);
  t.equal(legendOf("{{name}} refused {{none}}", { name: "a" }), "a refused");
});
