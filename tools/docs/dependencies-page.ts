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
  "@bomb.sh/tab":
    "Shell completion for bash, zsh, fish and PowerShell, made from the commands that commander knows.",
  "@kubernetes/client-node":
    "The official client of the API server: it watches namespaces and the CA, and reads the credentials of a pod or a kubeconfig. A server with mounted certificates and without API access does not load this package.",
  "@peculiar/x509": "Makes own certificates, because Node can read X.509 certificates but not make them.",
  "@prometheus-io/client":
    "Metrics in the format of Prometheus, including the metrics of Node and the process.",
  commander: "Commands, options and help.",
  fastify: "HTTPS, limits of body size and time, graceful shutdown.",
  "js-yaml":
    "Reads plain manifests much faster than the package yaml. A property test compares the results of both. @kubernetes/client-node needs js-yaml, too.",
  pino: "Writes one JSON line to the log for each decision, without delaying the answer.",
  "reflect-metadata": "@peculiar/x509 works only if reflect-metadata is loaded before it.",
  unbash:
    "Parses the shell text of hooks. The bounds of a hook depend on this parser, so its version is pinned and tests compare it with real shells.",
  xmlbuilder2: "Writes JUnit reports as XML with the right escapes.",
  yaml: "Reads manifests with the line and column of each field, and makes edits that keep comments.",
  zod: "Checks the configuration file, and makes its JSON schema from the same definition.",
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

/** The licences, the most frequent first. The names of the packages are listed if a licence has few packages. */
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

gracekeeper has ${directRows.length} direct dependencies in production. Direct and indirect dependencies are
${PRODUCTION.length} packages, each with its hash in \`package-lock.json\`. No package runs a script when it is installed. Each night CI asks
npm for advisories about the packages (\`npm audit --omit=dev\`).

The second column counts a package and all packages that it needs. Some packages are counted in several rows.

| package | packages | what for, and why it is not our own code |
|---|---|---|
${directRows.join("\n")}

## Licences

gracekeeper is Apache-2.0. A test refuses a package without a licence, and a licence that is not in this table.

| licence | packages | |
|---|---|---|
${licenceRows().join("\n")}

## SBOM

\`npm run sbom\` prints a CycloneDX SBOM with exactly the production packages: it installs only these packages in an
empty folder, and runs \`npm sbom\` there. In a checkout, \`npm sbom --omit dev\` leaves out packages that development
also needs (npm 11.19.1).

The image holds a bundle of the production packages, the Node binary, and the libraries that Node is linked to. The SBOM
lists the packages, but not Node and its libraries. Node and its libraries come from the base image, which the label
\`org.opencontainers.image.base.name\` names.
`;
}

runPage(import.meta.url, { file: PAGE, text: page });
