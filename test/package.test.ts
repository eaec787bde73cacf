import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { DEEP } from "./cases.ts";
import "./patience.ts";

/** Packs the npm package and installs it into an empty folder, as users do. */
const ROOT = join(import.meta.dirname, "..");

const skip = DEEP ? false : "installing takes a minute and a registry: npm run test:deep";

t.test("the packed and installed package checks and fixes a manifest", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gracekeeper-package-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const npm = (cwd: string, ...args: string[]) => execFileSync("npm", args, { cwd, encoding: "utf8" });
  const [packed] = JSON.parse(npm(ROOT, "pack", "--json", "--pack-destination", folder));
  const outside = packed.files.filter(
    ({ path }: { path: string }) => !/^(dist\/|README\.md$|LICENSE$|package\.json$)/.test(path),
  );
  t.same(outside, [], "what is run, and nothing else");

  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  npm(folder, "install", "--no-audit", `./${packed.filename}`);
  copyFileSync(join(ROOT, "examples/no-time-left.yaml"), join(folder, "pod.yaml"));
  const command = (name: string, ...args: string[]) =>
    spawnSync(join(folder, "node_modules/.bin", name), args, { cwd: folder, encoding: "utf8" });
  const found = command("gracekeeper", "check", "pod.yaml");
  t.match(found.stdout, /pod\.yaml:10:3: deny: Pod "no-time-left"/);
  t.equal(found.status, 1, found.stderr);
  t.equal(command("gracekeeper", "fix", "--write", "pod.yaml").status, 0);
  t.match(readFileSync(join(folder, "pod.yaml"), "utf8"), /terminationGracePeriodSeconds: 20/);
  t.equal(command("kubectl-gracekeeper", "check", "pod.yaml").status, 0);
  t.match(command("kubectl_complete-gracekeeper", "ch").stdout, /^check\t/);
  t.match(command("gracekeeper", "explain", "-o", "svg", "pod.yaml").stdout, /^<svg /);

  writeFileSync(
    join(folder, "library.ts"),
    `import { check } from "gracekeeper";
const ids: readonly string[] = check("").findings.map(({ id }) => id);
console.log(ids.length);`,
  );
  const tsc = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "",
    "library.ts",
  ];
  const typed = spawnSync(join(ROOT, "node_modules/.bin/tsc"), tsc, { cwd: folder, encoding: "utf8" });
  t.equal(typed.status, 0, typed.stdout);
  t.equal(execFileSync(process.execPath, ["library.ts"], { cwd: folder, encoding: "utf8" }), "0\n");
});
