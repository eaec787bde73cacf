import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { LICENCES, PAGE, page, REASONS } from "../../tools/docs/dependencies-page.ts";
import { broughtBy, nameOf, PRODUCTION } from "../../tools/docs/lockfile.ts";
import { DEEP } from "../cases.ts";
import "../patience.ts";

const ROOT = join(import.meta.dirname, "../..");
const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

t.test(
  "docs/dependencies.md agrees with the lock file (node tools/docs/dependencies-page.ts --write)",
  async (t) => {
    t.equal(readFileSync(PAGE, "utf8"), page());
  },
);

t.test("each direct dependency has a reason in the page and is imported", async (t) => {
  t.same(Object.keys(REASONS).sort(), Object.keys(dependencies).sort());
  const source = globSync("src/**/*.ts", { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), "utf8"))
    .join("\n");
  for (const name of Object.keys(dependencies))
    t.match(source, new RegExp(`(from|import) "${name}["/]`), name);
});

t.test(
  "direct dependencies need every production package, and each package is locked by its hash",
  async (t) => {
    const brought = new Set(Object.keys(dependencies).flatMap((name) => [...broughtBy(name)]));
    t.same([...brought].sort(), PRODUCTION.map(({ folder }) => folder).sort());
    for (const { folder, integrity } of PRODUCTION) t.match(integrity, /^sha512-/, folder);
  },
);

t.test("no production package has an install script", async (t) => {
  t.same(
    PRODUCTION.filter(({ hasInstallScript }) => hasInstallScript).map(({ folder }) => folder),
    [],
  );
});

t.test("each production package has an allowed licence", async (t) => {
  t.same(
    PRODUCTION.filter(({ license }) => !LICENCES.has(license ?? "")).map(({ folder, license }) => [
      folder,
      license,
    ]),
    [],
  );
});

t.test("every package in the bundle of the image is a production package", async (t) => {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const command = /^RUN (node_modules\/\.bin\/esbuild [\s\S]*?)--outdir=/m.exec(dockerfile)?.[1] ?? "exit 1";
  const folder = t.testdir();
  // `--preserve-symlinks` is needed if node_modules is a link.
  const options = `--outdir="${folder}" --metafile="${folder}/meta.json" --preserve-symlinks`;
  execFileSync("sh", ["-ec", `${command} ${options}`], { cwd: ROOT });
  const metafile = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"));
  const bundled = new Set(
    Object.keys(metafile.inputs).flatMap(
      (file) => /(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
    ),
  );
  t.ok(bundled.size > 20, `${bundled.size} packages`);
  const production = new Set(PRODUCTION.map(({ folder }) => folder));
  t.same(
    [...bundled].filter((folder) => !production.has(folder)),
    [],
  );
});

const skip = DEEP ? false : "installing needs a registry: npm run test:deep";

t.test("the SBOM names exactly the production packages", { skip }, async (t) => {
  const sbom = JSON.parse(execFileSync(join(ROOT, ".ci/sbom"), { encoding: "utf8" }));
  t.equal(sbom.bomFormat, "CycloneDX");
  t.equal(sbom.metadata.component.name, "gracekeeper");
  const named = sbom.components.map(({ purl }: { purl: string }) => decodeURIComponent(purl)).sort();
  const wanted = new Set(PRODUCTION.map(({ folder, version }) => `pkg:npm/${nameOf(folder)}@${version}`));
  t.same(named, [...wanted].sort());
});
