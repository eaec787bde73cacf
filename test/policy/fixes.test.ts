import fc from "fast-check";
import t from "tap";
import type { Mapping } from "../../src/admission/review.ts";
import type { Finding, Fix } from "../../src/policy/finding.ts";
import { denial, warnings } from "../../src/policy/messages.ts";
import { pod } from "../pods.ts";
import { findingsIn, judgedOf } from "../reviews.ts";

/** Every printed fix, when followed, makes that finding go away. */
const PODS = Number(process.env["PODS"] ?? 10_000);
const SEED = 7;

const seen = new Map<string, number>();

t.test(`the fix of every finding in ${PODS} generated pods`, async (t) => {
  fc.assert(fc.property(pod, followAll), { numRuns: PODS, seed: SEED });
  for (const [id, count] of [...seen].sort()) t.comment(`${count} x ${id}`);
  for (const id of [
    "hook-over-grace",
    "no-shutdown-time",
    "hook-may-exceed",
    "shutdown-too-short",
    "hook-cannot-run",
    "hook-length-unknown",
    "grace-zero",
    "bad-annotation",
  ]) {
    t.ok(seen.has(id), `the generator reaches ${id}`);
  }
});

function findingsOf(object: Mapping): { findings: readonly Finding[]; texts: readonly string[] } {
  const judged = judgedOf(object);
  const findings = findingsIn(judged);
  return { findings, texts: [denial(findings, judged), ...warnings(findings, judged)] };
}

function followAll(object: Mapping): void {
  const { findings, texts } = findingsOf(object);
  for (const text of texts) checkText(text);
  for (const finding of findings) {
    seen.set(finding.id, (seen.get(finding.id) ?? 0) + 1);
    if (finding.fix.length === 0) throw new Error(`${finding.id} has no fix`);
    const mended = finding.fix.reduce(follow, structuredClone(object));
    const left = findingsOf(mended).findings.filter(
      (one) =>
        one.id === finding.id &&
        one.container?.container.name === finding.container?.container.name &&
        one.path === finding.path,
    );
    if (left.length > 0) throw new Error(`${finding.id} stays after ${JSON.stringify(finding.fix)}`);
  }
}

function checkText(text: string): void {
  if (/[^\x20-\x7e]/.test(text)) throw new Error(`not printable ASCII: ${JSON.stringify(text)}`);
  if (/NaN|Infinity|undefined|null|e\+/.test(text)) throw new Error(`a number that is none: ${text}`);
}

/** Does to the object what the fix says. A fix without a value removes the field. */
function follow(object: Mapping, fix: Fix): Mapping {
  const path = fix.path;
  const value = "shortenTo" in fix ? { exec: { command: ["sleep", `${fix.shortenTo}`] } } : fix.value;
  const steps = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, key, index, name]) => key ?? index ?? name ?? "",
  );
  const last = steps.pop() ?? "";
  let here = object as Record<string, unknown>;
  for (const step of steps) {
    here[step] ??= {};
    here = here[step] as Record<string, unknown>;
  }
  if (value === undefined) delete here[last];
  else here[last] = value;
  return object;
}
