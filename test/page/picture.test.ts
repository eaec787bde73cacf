import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { ENDINGS, OTHER_ENDINGS } from "../../src/explain/ending.ts";
import { explain } from "../../src/explain/explain.ts";
import { explanationSvg } from "../../src/explain/picture/svg.ts";
import { contextOf, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { valuesOf } from "../manifest/values.ts";
import { CONTEXT } from "../reviews.ts";
import { noBrowser, startBrowser } from "./browser.ts";
import "../patience.ts";

const GENERATED = cases(400, 25);
const FOLDER = join(import.meta.dirname, "../testdata/endings");

/**
 * Runs in the browser, because only a browser knows the width of a text. Returns texts that leave the picture or
 * overlap.
 */
const MISPLACED = `(() => {
  const { width, height } = document.documentElement.getBoundingClientRect();
  const texts = [...document.querySelectorAll("text")].map((one) => ({
    text: one.textContent, ...one.getBoundingClientRect().toJSON(),
  }));
  const outside = texts.filter(({ left, right, top, bottom }) => left < 0 || top < 0 || right > width || bottom > height);
  const over = texts.flatMap((one, index) => texts.slice(index + 1).filter((other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3,
  ).map((other) => one.text + " / " + other.text));
  return [...outside.map(({ text }) => "outside: " + text), ...over.map((both) => "over: " + both)];
})()`;

t.test("no text leaves its picture or overlaps another text", { skip: noBrowser }, async (t) => {
  const browser = await startBrowser(t);
  const page = await browser.newPage();
  let drawn = 0;
  const misplaced = async (svg: string): Promise<readonly string[]> => {
    await page.goto(`data:image/svg+xml,${encodeURIComponent(svg)}`);
    drawn++;
    return (await page.evaluate(MISPLACED)) as readonly string[];
  };
  const pods = valuesOf(readFileSync(join(FOLDER, "pods.input.yaml"), "utf8"));
  for (const ending of [...Object.values(ENDINGS), { on: "delete", graceSeconds: 0 } as const])
    t.same(await misplaced(explanationSvg(explain(pods, CONTEXT, ending).documents)), [], ending.on);
  const endings = [ENDINGS.delete, ...OTHER_ENDINGS];
  await fc.assert(
    fc.asyncProperty(situation, fc.nat(endings.length - 1), async (one, index) => {
      const { documents } = explain([one.object], contextOf(one), endings[index]);
      const found = await misplaced(explanationSvg(documents));
      if (found.length > 0) throw new Error(found.join("\n"));
    }),
    { numRuns: GENERATED, seed: 41 },
  );
  t.equal(drawn, GENERATED + 9);
});
