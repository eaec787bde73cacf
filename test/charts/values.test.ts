import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import t from "tap";
import { parse } from "yaml";
import "../patience.ts";
import { COPIES, PAGE, page, SCHEMA, schemaText, values } from "../../tools/docs/chart-page.ts";
import { CONTRADICTIONS, REFUSED } from "./bad-values.ts";
import { CHART, everything, helm, SKIP, share, template, type Values } from "./helm.ts";
import { VALUE_SETS } from "./value-sets.ts";

const DEFAULTS = parse(readFileSync(`${CHART}/values.yaml`, "utf8"), { version: "1.1" });

t.test("the values page and the schema are up to date (node tools/docs/chart-page.ts --write)", async (t) => {
  t.equal(readFileSync(PAGE, "utf8"), page());
  t.equal(readFileSync(SCHEMA, "utf8"), schemaText());
  for (const [copy, original] of COPIES) t.equal(readFileSync(copy, "utf8"), readFileSync(original, "utf8"));
  t.same(
    values().filter(({ path, about }) => about === "" && !path.startsWith("webhooks.")),
    [],
  );
});

t.test("every value of the values page is in a value set", async (t) => {
  const tried = Object.values(VALUE_SETS).flatMap((set) => paths(set));
  const rows = values().filter((value) => value.default !== "");
  t.same(
    rows.filter(({ path }) => !tried.includes(path)),
    [],
  );
});

t.test("the schema accepts every value set and refuses every bad value", async (t) => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(schemaText()));
  for (const [name, set] of Object.entries(VALUE_SETS)) {
    t.ok(validate(merged(DEFAULTS, set)), `${name}: ${JSON.stringify(validate.errors)}`);
  }
  for (const [set] of REFUSED) t.notOk(validate(merged(DEFAULTS, set)), JSON.stringify(set));
  for (const [set] of CONTRADICTIONS) t.ok(validate(merged(DEFAULTS, set)), JSON.stringify(set));
});

/** Chart values that may have any keys: fields that the API server validates, and labels that the owner chooses. */
const OPEN =
  /^(strategy\.rollingUpdate|resources|podSecurityContext|securityContext|nodeSelector|.*\.labels)(\.|$)/;

t.test("a value of another type and an unknown key are refused at every path", async (t) => {
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(JSON.parse(schemaText()));
  const refusedAt = (path: string, value: unknown) => {
    validate(merged(DEFAULTS, nested(path, value)));
    return (validate.errors ?? []).map(({ instancePath }) => instancePath.slice(1).replaceAll("/", "."));
  };
  const all = paths(DEFAULTS).filter((path) => !OPEN.test(path) || OPEN.exec(path)?.[1] === path);
  for (const path of all) {
    const value = path.split(".").reduce<unknown>((part, key) => (part as Values)[key], DEFAULTS);
    t.ok(refusedAt(path, isMapping(value) ? "text" : { a: {} }).includes(path), `${path} of another type`);
    if (isMapping(value) && Object.keys(value).length > 0 && !OPEN.test(path))
      t.ok(refusedAt(`${path}.unknown`, 1).includes(path), `${path}.unknown`);
  }
});

t.test("helm lint --strict has no warning", { skip: SKIP }, async (t) => {
  const { code, stdout, stderr } = helm(["lint", "--strict", CHART]);
  t.equal(code, 0, stderr);
  t.match(stdout, "1 chart(s) linted, 0 chart(s) failed");
  t.notMatch(stdout, /\[(WARNING|ERROR)\]/);
});

t.test("the chart contains the complete dashboard and rules", { skip: SKIP }, async (t) => {
  const monitoring = { prometheusRule: { enabled: true }, dashboard: { enabled: true } };
  const objects = everything({ monitoring });
  const [rules, dashboard] = COPIES.map(([, original]) => parse(readFileSync(original, "utf8")));
  t.strictSame(objects.find(({ kind }) => kind === "PrometheusRule")?.["spec"], rules);
  const map = objects.find(({ metadata }) => metadata.name === "gracekeeper-dashboard");
  t.strictSame(JSON.parse(map?.["data"]["gracekeeper.json"]), dashboard);
});

t.test("contradictory values are refused with one sentence", { skip: SKIP }, async (t) => {
  for (const [set, message] of CONTRADICTIONS) {
    const { code, stderr } = template(set);
    t.equal(code, 1, JSON.stringify(set));
    t.match(stderr, message);
    t.notMatch(stderr, /nil pointer|unable to parse/);
  }
});

t.test("a wrong type, word or key is refused, and the message has its path", { skip: SKIP }, async (t) => {
  for (const [set, path] of share(REFUSED)) {
    const { code, stderr } = template(set);
    t.equal(code, 1, JSON.stringify(set));
    t.match(stderr, path.startsWith("/") ? `at '${path}'` : `'${path}' not allowed`);
  }
});

function paths(set: Values, parent = ""): readonly string[] {
  return Object.entries(set).flatMap(([key, value]) => {
    const path = `${parent}${key}`;
    return isMapping(value) ? [path, ...paths(value, `${path}.`)] : [path];
  });
}

function nested(path: string, value: unknown): Values {
  const [key = "", ...rest] = path.split(".");
  return { [key]: rest.length === 0 ? value : nested(rest.join("."), value) };
}

/** Merges values as Helm does: mappings are merged, and null removes a default. */
function merged(defaults: unknown, set: unknown): unknown {
  if (!isMapping(defaults) || !isMapping(set)) return set;
  const entries = Object.entries({ ...defaults, ...set })
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, key in set ? merged(defaults[key], value) : value]);
  return Object.fromEntries(entries);
}

function isMapping(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
