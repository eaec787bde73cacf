/**
 * Makes docs/dependencies.md from package.json and package-lock.json: `node tools/docs/dependencies-page.ts --write`.
 * Without `--write` it prints the page.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { broughtBy, PRODUCTION } from "./lockfile.ts";
import { runPage } from "./page.ts";

export const PAGE = fileURLToPath(new URL("../../docs/dependencies.md", import.meta.url));

const DIRECT: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).dependencies;

/** The use of each direct dependency, and why it is better than our own code. */
export const REASONS: Readonly<Record<string, string>> = {
  "@bomb.sh/tab": "Completion for bash, zsh, fish and PowerShell, read from the commands of commander.",
  "@kubernetes/client-node":
    "The API server: watches of namespaces and of the CA, credentials of a pod and of a kubeconfig. The official client. A server with mounted certificates and without API access does not load it.",
  "@peculiar/x509": "Own certificates: Node reads X.509, but cannot make it.",
  "@prometheus-io/client": "Metrics in the format of Prometheus, with those of Node and the process.",
  commander: "Commands, options and help.",
  fastify: "HTTPS, limits of body and time, orderly shutdown.",
  "js-yaml":
    "Reads plain manifests at a fraction of the cost of yaml; a property test compares the two. @kubernetes/client-node needs it, too.",
  pino: "The log: one JSON line for each decision, without holding up the answer.",
  "reflect-metadata": "@peculiar/x509 needs it to be loaded first.",
  unbash:
    "Parses the shell text of hooks. The bounds of a hook stand on it, so its version is exact and real shells are compared with it.",
  xmlbuilder2: "JUnit reports: XML with the right escapes.",
  yaml: "Manifests with the line and column of each field, and edits that keep comments.",
  zod: "Checks the configuration file and makes its JSON schema from the same text.",
};

/** Licences that may be shipped in a bundle under Apache-2.0. */
export const LICENCES: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
]);

const directRows = Object.keys(DIRECT)
  .sort()
  .map(
    (name) =>
      `| [${name}](https://www.npmjs.com/package/${name}) | ${broughtBy(name).size} | ${REASONS[name]} |`,
  );

/** From `MIT` with most packages to the rarest. Names are listed where they are few enough to be read. */
function licenceRows(): readonly string[] {
  const NAMED = 8;
  const by = Object.groupBy(PRODUCTION, ({ license }) => license ?? "not stated");
  return Object.entries(by)
    .map(([licence, all = []]) => ({
      licence,
      names: all.map(({ name, version }) => `${name} ${version}`).sort(),
    }))
    .sort((one, other) => other.names.length - one.names.length || (one.licence < other.licence ? -1 : 1))
    .map(({ licence, names }) => {
      const listed = names.length <= NAMED ? names.join(", ") : "";
      return `| ${licence} | ${names.length} | ${listed} |`;
    });
}

export function page(): string {
  return `# Dependencies

<!-- Generated from package.json and package-lock.json by tools/docs/dependencies-page.ts: do not edit by hand. -->

gracekeeper has ${directRows.length} direct dependencies in production. With all that they need these are ${PRODUCTION.length} packages, each with
its hash in \`package-lock.json\`. None of them runs a script when it is installed. Each night CI asks npm for their advisories
(\`npm audit --omit=dev\`).

The second column counts a package and all that it needs. Some need the same ones.

| package | packages | what for, and why it is not our own code |
|---|---|---|
${directRows.join("\n")}

## Licences

gracekeeper is Apache-2.0. A test refuses a package without a licence, and a licence that is not in this table.

| licence | packages | |
|---|---|---|
${licenceRows().join("\n")}

## SBOM

\`npm run sbom\` prints a CycloneDX SBOM with exactly these packages: it installs them alone, in an empty folder, and asks
\`npm sbom\` there. In a checkout, \`npm sbom --omit dev\` leaves out packages that development needs as well (npm 11.19.1).

The image holds a bundle of these packages, the Node binary, and the libraries that Node is linked to. The SBOM names the
packages, and neither Node nor its libraries. Those come from the base image, which the label
\`org.opencontainers.image.base.name\` names.
`;
}

runPage(import.meta.url, { file: PAGE, text: page });
