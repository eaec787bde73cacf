import t from "tap";
import { parse } from "yaml";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { text } from "./read.ts";

const TEXT = text("config.yaml");
const shipped = readConfiguration(parse(TEXT));

/** Fields whose absence has a meaning. config.yaml has them as comments that can be activated. */
const LEFT_OUT = ["kubernetesVersion", "shutdownSeconds", "maxGraceSeconds", "ignorable"];

t.test("the server accepts config.yaml, which sets no Kubernetes version", async (t) => {
  t.same(shipped, DEFAULT_CONFIGURATION, "all is as without a file");
});

t.test("the first line of config.yaml tells an editor where the schema is", async (t) => {
  const [first] = TEXT.split("\n");
  t.equal(first, "# yaml-language-server: $schema=./configuration.schema.json");
});

t.test("config.yaml has every field that the server knows, as a value or a comment", async (t) => {
  const written = Object.keys(parse(TEXT));
  const fields = Object.keys(DEFAULT_CONFIGURATION).map((field) =>
    field === "kubernetesMinor" ? "kubernetesVersion" : field,
  );
  t.same([...written, ...LEFT_OUT].sort(), ["apiVersion", "kind", ...fields].sort());
});

t.test("commented fields of config.yaml are valid if the # is removed", async (t) => {
  for (const field of LEFT_OUT) {
    const used = TEXT.replace(`\n# ${field}: `, `\n${field}: `);
    t.not(used, TEXT, field);
    const configuration = readConfiguration(parse(used));
    t.notSame({ ...configuration }, { ...shipped }, field);
  }
  const rows = TEXT.replace(
    /^((?:# {3}.*\n)+)(workloads|programs): \[\]$/gm,
    (_, row: string, field: string) => `${field}:\n${row.replaceAll(/^# /gm, "")}`,
  );
  const { workloads, programs } = readConfiguration(parse(rows));
  t.same([workloads.length, programs.length], [1, 1]);
  const [, action = ""] = /one line for each finding, such as `(.*?)`/.exec(TEXT) ?? [];
  t.equal(
    readConfiguration(parse(TEXT.replace(/^actions: \{\}$/m, `actions:\n  ${action}`))).actions.size,
    1,
  );
});

t.test("the comment with the findings has each id and its default action", async (t) => {
  const listed = [...TEXT.matchAll(/^# {3}([a-z]+(?:-[a-z]+)+) +(Deny|Warn|Audit|Off)? {2}/gm)];
  t.same(listed.map(([, id]) => id).sort(), RULE_INFO.map(({ id }) => id).sort());
  for (const [, id = "", action] of listed) {
    const finding = RULE_INFO.find((one) => one.id === id);
    // Some findings have no action in this list, because their default action depends on the object.
    if (action !== undefined) t.equal(action, finding?.action, id);
    else t.ok(finding?.actionNote, id);
  }
});
