import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { CAUSES, causeIn, reasonOf } from "../../src/kube/probe/causes.ts";
import { quotedIn, rowsOf } from "./page.ts";

/** Tests docs/troubleshooting.md: the code must contain every text of gracekeeper that the page quotes. */
const ROOT = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/troubleshooting.md", ROOT), "utf8");

/** The whole source. Each `${...}` becomes `...`, as on the page. */
const source = readdirSync(new URL("src/", ROOT), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(new URL(`src/${file}`, ROOT), "utf8"))
  .join("\n")
  .replace(/\$\{[^}]*\}/g, "...");

const isPrinted = (quoted: string) => source.includes(quoted.replace(/ \.\.\.$/, ""));

t.test("docs/troubleshooting.md maps messages of the API server to the causes of the probe", async (t) => {
  const rows = rowsOf(text, "The API server cannot call gracekeeper");
  for (const [texts = "", todo] of rows)
    for (const quoted of quotedIn(texts)) t.equal(reasonOf(causeIn(quoted)), todo, quoted);
  const unsaid = ["other", "not-called", "no-right", "no-namespace", "not-asked"];
  t.same(
    new Set(rows.map(([, todo]) => todo)),
    new Set(CAUSES.filter((cause) => !unsaid.includes(cause)).map(reasonOf)),
  );
});

t.test("the code prints every text of gracekeeper in docs/troubleshooting.md", async (t) => {
  const start = rowsOf(text, "A pod does not start");
  const log = rowsOf(text, "The log");
  const kubernetes = start.findIndex(([quoted]) => quoted?.includes("insufficient quota"));
  const cells = [
    ...rowsOf(text, "A pod is not ready: /readyz").map(([cell = ""]) => cell),
    ...start.slice(0, kubernetes).map(([cell = ""]) => cell),
    ...log.map(([, reason = ""]) => reason),
    /A denial .*\n.*/.exec(text)?.[0].match(/`pods will[^`]*`/)?.[0] ?? "",
  ];
  const quoted = cells.flatMap(quotedIn);
  t.ok(kubernetes > 0 && quoted.length > 20);
  for (const one of quoted) t.ok(isPrinted(one), one);
});

t.test("docs/troubleshooting.md has a row for exactly the warnings and errors of the log", async (t) => {
  const events = [...source.matchAll(/logger\.(?:warn|error)\(\{\s*event: "([a-z-]+)"/g)].map(
    ([, event]) => event,
  );
  const asked = [
    ...source.matchAll(/faultEvents\(logger, "(\w+)"/g),
    ...source.matchAll(/name: "([\w-]+)",\s+first:/g),
  ];
  const made = asked.map(([, name]) => `${name}-error`);
  t.ok(events.length > 8 && made.length === 5, made.join());
  const listed = rowsOf(text, "The log").flatMap(([cell = ""]) => quotedIn(cell));
  t.same([...new Set(listed)].sort(), [...new Set([...events, ...made])].sort());
});
