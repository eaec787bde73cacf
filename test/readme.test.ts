import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parse } from "yaml";
import { mutate } from "../src/admission/mutate.ts";
import { type Review, readReview } from "../src/admission/review.ts";
import { validate } from "../src/admission/validate.ts";
import { devHelp } from "../src/cli/serve/dev-defaults.ts";
import { explain } from "../src/explain/explain.ts";
import { explanationText } from "../src/explain/text.ts";
import { RULES } from "../src/policy/rules/registry.ts";
import { CONTEXT } from "./reviews.ts";

/** Tests that the README is true. `npm run testdata` writes the explanation in the README. */
const ROOT = join(import.meta.dirname, "..");
const FILE = join(ROOT, "README.md");
const readme = readFileSync(FILE, "utf8");

const QUICK_START = readFileSync(join(ROOT, "docs/quick-start.md"), "utf8");
const INSTALL = readFileSync(join(ROOT, "docs/install.md"), "utf8");
const EXPLAIN_PAGE = join(ROOT, "docs/explain.md");
const EXPLAINED = /<!-- explain (\S+) -->\n```\n([\s\S]*?)```\n/;

t.test("the explanation in README.md equals the answer of /explain", async (t) => {
  const page = readFileSync(EXPLAIN_PAGE, "utf8");
  const [block = "", example = ""] = EXPLAINED.exec(page) ?? [];
  const text = explanationText(explain([parse(readFileSync(join(ROOT, example), "utf8"))], CONTEXT));
  const wanted = `<!-- explain ${example} -->\n\`\`\`\n${text}\`\`\`\n`;
  if (process.env["WRITE_TESTDATA"] === "1")
    writeFileSync(
      EXPLAIN_PAGE,
      page.replace(block, () => wanted),
    );
  else t.equal(block, wanted);
});

const CHECKED = /<!-- run check -->\n```console\n\$ npm run -s gracekeeper -- (.*)\n([\s\S]*?)```\n/;

t.test("README.md shows the output of check", async (t) => {
  const [, args = "", shown = ""] = CHECKED.exec(readme) ?? [];
  const command = [join(ROOT, "src/main.ts"), ...args.split(" ")];
  const { stdout, status } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
  t.equal(status, 1);
  if (process.env["WRITE_TESTDATA"] === "1")
    writeFileSync(
      FILE,
      readFileSync(FILE, "utf8").replace(shown, () => stdout),
    );
  else t.equal(shown, stdout);
});

t.test("README.md sets up the project with two commands, and .ci/run uses the second for the tests", (t) => {
  const [, commands = ""] = /```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  t.same(commands.trim().split(/ +#.*\n?|\n/), ["npm ci && npm run demo", "npm ci && npm test", ""]);
  const ci = readFileSync(join(ROOT, ".ci/run"), "utf8");
  t.match(ci, /^ *env CI=true npm test /m);
  t.end();
});

/**
 * Examples of the session in the README. For each example, kubectl prints the file name and the API server's error with
 * gracekeeper's text.
 */
const SESSION = [
  {
    example: "no-time-left",
    decide: (review: Review) => validate(review, "enforce", CONTEXT),
    prefix:
      'Error from server (Forbidden): error when creating "examples/no-time-left.yaml": admission webhook "validate.gracekeeper.dev" denied the request: ',
  },
  { example: "no-hook", decide: (review: Review) => mutate(review, CONTEXT), prefix: "Warning: " },
] as const;

t.test("the kubectl session in README.md shows the answers of the webhook", async (t) => {
  let text = readFileSync(FILE, "utf8");
  for (const { example, decide, prefix } of SESSION) {
    const review = readReview(
      JSON.parse(readFileSync(join(ROOT, `examples/reviews/${example}.json`), "utf8")),
    );
    const { response } = decide(review).response;
    const status = response.status as { readonly message: string } | undefined;
    const message = status?.message ?? response.warnings?.[0];
    const command = `$ kubectl apply -n shop -f examples/${example}.yaml\n`;
    t.ok(text.includes(command), command);
    const at = text.indexOf(command) + command.length;
    text = `${text.slice(0, at)}${prefix}${message}${text.slice(text.indexOf("\n", at))}`;
  }
  if (process.env["WRITE_TESTDATA"] === "1") writeFileSync(FILE, text);
  else t.equal(readme, text);
});

t.test("README.md has the curl commands that npm start prints", async (t) => {
  const commands = QUICK_START.split("\n").filter((line) => line.startsWith("curl "));
  const printed = devHelp(8443)
    .split("\n")
    .map((line) => line.trim());
  t.equal(commands.length, 3);
  for (const command of commands) t.ok(printed.includes(command), command);
});

/** The lines of docs/install.md that create the folder `install`, which git ignores. */
const OVERLAY = /^mkdir -p install .*\n(?:.*\n)*?END\n/m;

t.test(
  "the install commands write an overlay of manifests/ with the image, and change no tracked file",
  async (t) => {
    const [lines = ""] = OVERLAY.exec(INSTALL) ?? [];
    const folder = t.testdir({ manifests: {} });
    execFileSync("sh", ["-euc", lines], { cwd: folder });
    t.same(readdirSync(join(folder, "install")), ["kustomization.yaml"]);
    const overlay = parse(readFileSync(join(folder, "install/kustomization.yaml"), "utf8"));
    t.same(overlay.resources, ["../manifests"]);
    const [image] = overlay.images;
    const [shipped] = parse(readFileSync(join(ROOT, "manifests/kustomization.yaml"), "utf8")).images;
    t.equal(image.name, shipped.name);
    t.equal(image.newTag, shipped.newTag);
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    t.equal(shipped.newTag, version);
    t.ok(
      INSTALL.includes(
        `docker build -t ${image.newName}:${image.newTag} . && docker push ${image.newName}:${image.newTag}\n`,
      ),
    );
    t.ok(INSTALL.includes("\nkubectl apply -k install\n"));
    t.match(readFileSync(join(ROOT, ".gitignore"), "utf8"), /^install\/$/m);
    const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
    t.match(dockerfile, `\nARG VERSION=${version}\n`);
    t.match(dockerfile, `docker build -t gracekeeper:${version} .\n`);
  },
);

t.test("README.md states the right number of findings", async (t) => {
  // There is one more finding than there are rules, because injection reports the finding `sleep-added`.
  t.match(readme, `the ${RULES.length + 1} [findings]`);
});

t.test("every npm script in README.md exists", async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const [, script] of readme.matchAll(/npm run (?:-s )?([\w:-]+)/g))
    t.ok(scripts[script ?? ""], `npm run ${script}`);
});

t.test("every npm script and path in CONTRIBUTING.md exists", async (t) => {
  const contributing = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const [, script] of contributing.matchAll(/npm run (?:-s )?([\w:-]+)/g))
    t.ok(scripts[script ?? ""], `npm run ${script}`);
  const paths = [...contributing.matchAll(/\b(?:src|test|tools|docs|manifests)\/[\w./-]*[\w/]/g)].map(String);
  t.ok(paths.length > 20, "the paths are found");
  for (const path of new Set(paths)) t.ok(existsSync(join(ROOT, path)), path);
});
