import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import t, { type Test } from "tap";
import { KUBERNETES } from "../api-server/binaries.ts";
import "../patience.ts";
import { type Ran, ROOT, runStep, workflow } from "./steps.ts";

/** Runs the steps of nightly.yml that look up the newest Kubernetes. A stand-in for `go` prints the version. */
const { jobs } = workflow("nightly.yml");
const [MAJOR, MINOR = ""] = KUBERNETES.split(".");

function run(t: Test, job: string, name: string, newest: string): Ran & { readonly folder: string } {
  const script = jobs[job]?.steps?.find((step) => step.name === name)?.run ?? "exit 9";
  const folder = t.testdir({
    go: `#!/bin/sh\n[ "$*" = "list -m -f {{.Version}} k8s.io/kubernetes@latest" ] && echo ${newest}\n`,
  });
  chmodSync(join(folder, "go"), 0o755);
  mkdirSync(join(folder, "test/api-server"), { recursive: true });
  cpSync(join(ROOT, "test/api-server/binaries.ts"), join(folder, "test/api-server/binaries.ts"));
  writeFileSync(join(folder, "env"), "");
  const PATH = [folder, process.env["PATH"]].join(delimiter);
  const env = { PATH, RUNNER_TEMP: folder, VERSION: "latest", GITHUB_ENV: join(folder, "env") };
  return { ...runStep(script, folder, env), folder };
}

t.test("the nightly job checks the newest Kubernetes", async (t) => {
  const { status, folder, stderr } = run(t, "kubernetes", "Version", "v1.99.4");
  t.equal(status, 0, stderr);
  t.equal(readFileSync(join(folder, "env"), "utf8"), "GRACEKEEPER_KUBERNETES=1.99.4\n");
});

t.test("a new minor version of Kubernetes fails the job, and a new patch version does not", async (t) => {
  t.equal(run(t, "newest", "Known", `v${MAJOR}.${MINOR}.99`).status, 0);
  const next = run(t, "newest", "Known", `v${MAJOR}.${Number(MINOR) + 1}.0`);
  t.equal(next.status, 1);
  t.match(
    next.stdout,
    `Kubernetes v${MAJOR}.${Number(MINOR) + 1}.0 is out, and the checks are made for ${MAJOR}.${MINOR}.`,
  );
});

t.test("a failed version lookup fails the job", async (t) => {
  t.not(run(t, "newest", "Known", "v0.0.0; exit 1").status, 0);
});
