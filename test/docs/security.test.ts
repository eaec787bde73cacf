import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import type { DecisionRecord } from "../../src/admission/decision.ts";
import { parseConfiguration } from "../../src/server/config/file.ts";
import { logDecision } from "../../src/server/telemetry/log.ts";
import { testLog } from "../helper.ts";
import { type KubernetesObject, withComponents } from "../manifests/read.ts";
import { RECORD } from "../reviews.ts";
import { rowsOf } from "./page.ts";

/** Tests docs/security.md. */
const ROOT = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/security.md", ROOT), "utf8");

/** The number of threats in the model of SIG Security. */
const THREATS = 18;

/** The titles of the tests in a file, as patterns. A `${...}` in a title matches any text. */
function titlesIn(file: string): readonly RegExp[] {
  const source = readFileSync(new URL(file, ROOT), "utf8");
  const calls = source.matchAll(/(?:\btest|\.check)\(\s*(["`])((?:(?!\1).)+)\1/g);
  return [...calls].map(
    ([, , title = ""]) =>
      new RegExp(
        `^${title
          .split(/\$\{(?:[^{}]|\{[^}]*\})*\}/)
          .map((part) => part.replaceAll(/[.*+?^$()|[\]{}\\]/g, "\\$&"))
          .join(".+")}$`,
      ),
  );
}

/** Each threat of the page with the file and the title of a test for it. */
const TESTS = rowsOf(text, "Tests for the threats").flatMap(([threats = "", file = "", title = ""]) =>
  threats.split(", ").map((threat) => ({ threat, file: file.replaceAll("`", ""), title })),
);

t.test("every threat has an answer, and either a test or an accepted risk", async (t) => {
  const rows = rowsOf(text, "The 18 threats");
  t.same(
    rows.map(([number]) => number),
    Array.from({ length: THREATS }, (_, index) => `${index + 1}`),
  );
  for (const [number, threat = "", answer = ""] of rows) {
    t.ok(threat && answer, `threat ${number}`);
    if (!TESTS.some((test) => test.threat === number)) t.match(answer, /^Accepted: /, `threat ${number}`);
  }
});

t.test("every test listed in docs/security.md exists under its title", async (t) => {
  t.ok(TESTS.length > THREATS, `${TESTS.length} tests`);
  for (const { file, title } of TESTS)
    t.ok(
      titlesIn(file).some((pattern) => pattern.test(title)),
      `${file}: ${title}`,
    );
});

t.test("every file named in docs/security.md exists", async (t) => {
  const files = [...text.matchAll(/`((?:src|test|manifests)\/[^`]+)`/g)].map(([, path = ""]) => path);
  t.ok(files.length > THREATS);
  for (const path of new Set(files)) t.ok(existsSync(new URL(path, ROOT)), path);
});

t.test("docs/security.md has the permissions of the manifests and components", async (t) => {
  const roles = [...withComponents("preview", "probe").values()].filter(({ kind }) =>
    /^(Cluster)?Role$/.test(kind),
  );
  const names = (list: readonly string[] = []) => list.map((name) => `\`${name}\``).join(", ");
  const rules = roles.flatMap((role) => role["rules"] as readonly KubernetesObject[]);
  const rows = rowsOf(text, "What a compromised replica can do").map(([resources, verbs, only]) =>
    [resources, verbs, only].join(" | "),
  );
  t.same(
    new Set(rows),
    new Set(
      rules.map((rule) => [rule["resources"], rule["verbs"], rule["resourceNames"]].map(names).join(" | ")),
    ),
  );
  t.equal(rows.length, rules.length);
});

t.test("docs/security.md has the fields of a decision in the log", async (t) => {
  const record: DecisionRecord = {
    ...RECORD,
    wouldDeny: ["hook-over-grace"],
    ignored: ["hook-missing"],
    declared: "web=20",
    known: "web=20",
  };
  const { logger, lines } = testLog();
  logDecision(logger, record, 1);
  const [, fields = ""] = /<!-- fields -->(.*?)<!-- end -->/.exec(text) ?? [];
  t.same(
    [...fields.matchAll(/`(\w+)`/g)].map(([, field]) => field),
    Object.keys(lines()[0] ?? {}).filter((key) => key !== "level" && key !== "time"),
  );
});

t.test("the configuration accepts the settings in docs/security.md", async (t) => {
  for (const setting of ["ignorable: []", "actions: {hook-length-unknown: Deny}"]) {
    t.ok(text.includes(`\`${setting}\``), setting);
    const file = `apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\n${setting}\n`;
    t.ok(await parseConfiguration("config.yaml", file), setting);
  }
});
