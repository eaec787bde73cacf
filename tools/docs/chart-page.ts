/**
 * Generates files of the chart: `node tools/docs/chart-page.ts --write`. The program makes values.schema.json, and the
 * table of values in README.md from the comments of values.yaml. The program also copies the alert rules and the
 * dashboard, because a chart cannot read files outside its folder. Without `--write` the program prints README.md.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMap, type Node, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { valuesSchema } from "./chart-values.ts";
import { formatted } from "./configuration-page.ts";
import { DASHBOARD_FILE } from "./dashboard.ts";
import { cell } from "./page.ts";
import { RULES_FILE } from "./prometheus-rule.ts";

const CHART = new URL("../../charts/gracekeeper/", import.meta.url);
export const PAGE = fileURLToPath(new URL("README.md", CHART));
export const SCHEMA = fileURLToPath(new URL("values.schema.json", CHART));

/** Files of the chart that are copies, with their originals. */
export const COPIES: readonly (readonly [copy: string, original: string])[] = [
  [fileURLToPath(new URL("files/rules.yaml", CHART)), RULES_FILE],
  [fileURLToPath(new URL("files/dashboard.json", CHART)), DASHBOARD_FILE],
];

export const schemaText = (): string => formatted(valuesSchema());

interface Value {
  readonly path: string;
  readonly default: string;
  /** The description of the chart value. It may be empty if another value with the same key has a description. */
  readonly about: string;
}

type Mapping = YAMLMap<Scalar<string>, Node>;

/** Every chart value with its comment. A mapping whose members have no comments is one chart value. */
export function values(): readonly Value[] {
  const document = parseDocument<Mapping>(readFileSync(new URL("values.yaml", CHART), "utf8"));
  return document.contents === null ? [] : valuesOf(document.contents, document.toJS(), "");
}

function valuesOf(map: Mapping, defaults: Record<string, unknown>, parent: string): readonly Value[] {
  return map.items.flatMap(({ key, value }, index) => {
    const path = parent + key.value;
    const unset = defaults[key.value];
    // The parser attaches the comment of the first member to the mapping.
    const about = commentOf(index === 0 && parent !== "" ? map : key);
    if (!isMap<Scalar<string>, Node>(value) || !isDocumented(value)) {
      return [{ path, default: JSON.stringify(unset), about }];
    }
    const whole = about === "" ? [] : [{ path, default: "", about }];
    return [...whole, ...valuesOf(value, unset as Record<string, unknown>, `${path}.`)];
  });
}

function isDocumented(map: Mapping): boolean {
  return (
    commentOf(map) !== "" ||
    map.items.some(
      ({ key, value }) =>
        commentOf(key) !== "" || (isMap<Scalar<string>, Node>(value) && isDocumented(value)),
    )
  );
}

/** The last paragraph of the comment above a YAML node. Earlier paragraphs are about the whole file. */
function commentOf(node: Node): string {
  const lines = (node.commentBefore ?? "").split("\n\n").at(-1) ?? "";
  return lines.replaceAll(/\n? +/g, " ").trim();
}

function row({ path, default: unset, about }: Value, all: readonly Value[]): string {
  const name = path.slice(path.lastIndexOf("."));
  const first = all.find((other) => other.path.endsWith(name) && other.about !== "");
  const words = about === "" && first !== undefined ? `as \`${first.path}\`` : about;
  return `| \`${path}\` | ${unset === "" ? "" : `\`${cell(unset)}\``} | ${cell(words)} |`;
}

const TABLE = /(<!-- values[^\n]*-->\n)[\s\S]*?(<!-- end of values -->)/;

/** The page as it should be: what stands there, with the table of today. */
export function page(): string {
  const all = values();
  const rows = all.map((value) => row(value, all));
  const table = ["| value | default | |", "|---|---|---|", ...rows].join("\n");
  return readFileSync(PAGE, "utf8").replace(TABLE, (_, begin, end) => `${begin}${table}\n${end}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--write")) {
    writeFileSync(PAGE, page());
    writeFileSync(SCHEMA, schemaText());
    for (const [copy, original] of COPIES) copyFileSync(original, copy);
  } else console.log(page());
}
