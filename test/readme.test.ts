import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parse } from "yaml";
import { devHelp } from "../src/cli/dev-defaults.ts";
import { explain } from "../src/explain/explain.ts";
import { explanationText } from "../src/explain/text.ts";
import { RULES } from "../src/policy/rules/registry.ts";
import { CONTEXT } from "./reviews.ts";

/** The README says what is so. `npm run testdata` writes the explanation it shows. */
const ROOT = join(import.meta.dirname, "..");
const FILE = join(ROOT, "README.md");
const readme = readFileSync(FILE, "utf8");

const EXPLAINED = /<!-- explain (\S+) -->\n```\n([\s\S]*?)```\n/;

t.test("the explanation is what /explain answers", async (t) => {
  const [block = "", example = ""] = EXPLAINED.exec(readme) ?? [];
  const text = explanationText(explain([parse(readFileSync(join(ROOT, example), "utf8"))], CONTEXT));
  const wanted = `<!-- explain ${example} -->\n\`\`\`\n${text}\`\`\`\n`;
  if (process.env["WRITE_TESTDATA"] === "1")
    writeFileSync(
      FILE,
      readme.replace(block, () => wanted),
    );
  else t.equal(block, wanted);
});

t.test("the curl commands are those that npm start prints", async (t) => {
  const commands = readme.split("\n").filter((line) => line.startsWith("curl "));
  const printed = devHelp(8443)
    .split("\n")
    .map((line) => line.trim());
  t.equal(commands.length, 3);
  for (const command of commands) t.ok(printed.includes(command), command);
});

t.test("every kind of finding is in the table, and no other", async (t) => {
  const listed = [...readme.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id).sort();
  t.same(listed, [...RULES.map(({ id }) => id), "sleep-added"].sort());
});

t.test("every script it names is there, and so is every file it links to", async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const [, script] of readme.matchAll(/npm run ([\w:-]+)/g))
    t.ok(scripts[script ?? ""], `npm run ${script}`);
  for (const [, link = ""] of readme.matchAll(/\]\(([^)]+)\)/g)) t.ok(existsSync(join(ROOT, link)), link);
});

t.test("every script and path that CONTRIBUTING.md names is there", async (t) => {
  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const [, script] of contributing.matchAll(/npm run ([\w:-]+)/g))
    t.ok(scripts[script ?? ""], `npm run ${script}`);
  const paths = [...contributing.matchAll(/\b(?:src|test|tools|docs|manifests)\/[\w./-]*[\w/]/g)].map(String);
  t.ok(paths.length > 20, "the paths are found");
  for (const path of new Set(paths)) t.ok(existsSync(join(ROOT, path)), path);
});
