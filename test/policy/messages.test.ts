import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { denial } from "../../src/policy/messages/messages.ts";
import { fit, statement } from "../../src/policy/messages/sentence.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { findingsIn, judgedOf, podOf, shellHook } from "../reviews.ts";
import { textsOf } from "./example-texts.ts";
import { FINDING_EXAMPLES, type FindingExample } from "./finding-examples.ts";
import { MESSAGE_EXAMPLES } from "./message-examples.ts";

/** Message texts are part of the API. The golden file has exactly the texts that a person sees. */
const GOLDEN = join(import.meta.dirname, "messages.golden.txt");

function goldenOf(example: FindingExample): string {
  const texts = textsOf(example);
  if (texts === undefined) return `${example.id}: ${example.title}: not found`;
  const { action, deny, warn } = texts;
  const lines = [
    ...(deny === undefined ? [] : [`  deny  ${length(deny)}  ${deny}`]),
    `  warn  ${length(warn)}  ${warn}`,
  ];
  return [`${example.id}: ${example.title} (${example.manifest["kind"]}, ${action})`, ...lines].join("\n");
}

function length(text: string): string {
  return `${text.length}`.padStart(3);
}

t.test(
  "every finding has a golden denial, and a golden warning that is also the audit annotation",
  async (t) => {
    const golden = `${[...FINDING_EXAMPLES, ...MESSAGE_EXAMPLES].map(goldenOf).join("\n\n")}\n`;
    if (process.env["WRITE_TESTDATA"] === "1") writeFileSync(GOLDEN, golden);
    t.equal(golden, readFileSync(GOLDEN, "utf8"));
    const shown = new Set(FINDING_EXAMPLES.map(({ id }) => id));
    t.same(
      RULE_INFO.map(({ id }) => id).filter((id) => !shown.has(id)),
      [],
      "none is left out",
    );
    t.notMatch(golden, /not found/, "each example has its finding");
  },
);

t.test("several findings of several containers are one denial, with certain faults first", async (t) => {
  const pod = judgedOf(
    podOf(
      {
        containers: [shellHook("sleep 45"), shellHook("sleep 30", "worker"), shellHook("sleep 40", "log")],
      },
      { annotations: { "gracekeeper.dev/shutdown-seconds": "soon" } },
    ),
  );
  const denied = findingsIn(pod).filter(({ action }) => action === "Deny");
  t.equal(
    denial(denied),
    'metadata.annotations["gracekeeper.dev/shutdown-seconds"]: "soon" is not a whole number of seconds from 0 to 86400. Correct it or remove it. [bad-annotation] 2 containers do not fit the 30s grace: "web" preStop 45s, "log" preStop 40s. Set spec.terminationGracePeriodSeconds: 55. [hook-over-grace] container "worker": preStop 30s fills the whole 30s grace (Kubernetes\' default); the API accepts this, but the stop signal comes only as the time runs out. Set spec.terminationGracePeriodSeconds: 55, or shorten the hook to 20s. [no-shutdown-time]',
  );
});

t.test(
  "a message that is too long loses its consequence, then its details, but never fix and id",
  async (t) => {
    const text = { denial: "do that", warning: "do that", names: "container" } as const;
    const subject = { name: 'container "web"', short: '"web"' };
    const said = {
      subject,
      problem: "what it is in full",
      consequence: ", because",
      brief: "what it is",
      fix: text,
    };
    const at = (longest: number) => {
      const { variants, fix } = statement(said, "denial");
      return fit(variants, `${fix} [grace-zero]`, { longest, most: 2 * longest });
    };
    t.equal(at(100), 'container "web": what it is in full, because. Do that. [grace-zero]');
    t.equal(at(58), 'container "web": what it is in full. Do that. [grace-zero]');
    t.equal(at(50), '"web": what it is in full. Do that. [grace-zero]');
    t.equal(at(46), '"web": what it is. Do that. [grace-zero]');
    t.equal(at(40), '"web": what it is. Do that. [grace-zero]');
    t.equal(at(33), "what it is. Do that. [grace-zero]");
    const short = statement({ ...said, problem: "what it is in all its length", brief: "it" }, "denial");
    t.equal(
      fit(short.variants, `${short.fix} [grace-zero]`, { longest: 45, most: 90 }),
      'container "web": it. Do that. [grace-zero]',
      "the full name with the short problem, where the other way is too long",
    );
    const long = fit(["x".repeat(1000)], "; do that [grace-zero]", { longest: 150, most: 255 });
    t.equal(long.length, 255);
    t.match(long, /^x+\.\.\.; do that \[grace-zero\]$/);
  },
);
