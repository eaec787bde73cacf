import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import t from "tap";

/**
 * Arrows point down only, and what decides is pure. src/explain stands beside src/admission and may look at it.
 */
const SRC = resolve(import.meta.dirname, "../src");

/** A pure folder and the folders it may import from, beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  hook: [],
  termination: ["hook"],
  policy: ["hook", "termination"],
  admission: ["hook", "termination", "policy"],
  explain: ["hook", "termination", "policy", "admission"],
};

/** Packages without any input or output, and who may use them. */
const PURE_PACKAGES: Record<string, readonly string[]> = {
  unbash: ["hook/script.ts"],
  zod: ["policy/configuration.ts"],
};

const FORBIDDEN_GLOBALS =
  /\b(process|Buffer|Date|Math\.random|performance|setTimeout|setInterval|setImmediate|queueMicrotask|console|fetch|globalThis|require|await|async)\b/;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

function importsOf(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm,
  );
  const calls = source.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...statements, ...calls].flatMap(([, name, bare]) => name ?? bare ?? []);
}

/** The source without comments and string contents, so that a word in a message is no use of a global. */
function code(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/[^\n]*/g, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
    .replace(/`(?:[^`\\$]|\\.|\$(?!\{))*`/g, "``");
}

/** Literal text of a template with expressions in it, which may hold any word. */
function withoutTemplates(text: string): string {
  return text.replace(/`(?:[^`\\]|\\.)*`/g, (template) =>
    [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner).join(";"),
  );
}

t.test("imports of the pure layers point down", async (t) => {
  t.ok(files.length > 30, "the walk finds the source");
  for (const [layer, below] of Object.entries(MAY_IMPORT)) {
    const own = files.filter((file) => file.startsWith(`${layer}/`));
    t.ok(own.length > 0, `${layer} has files`);
    for (const file of own) {
      const bad = importsOf(readFileSync(join(SRC, file), "utf8")).filter(
        (name) => !allowed(file, layer, below, name),
      );
      t.same(bad, [], file);
    }
  }
});

function allowed(file: string, layer: string, below: readonly string[], name: string): boolean {
  if (name.startsWith(".")) {
    const target = relative(SRC, resolve(join(SRC, dirname(file)), name)).split("/")[0] ?? "";
    return target === layer || below.includes(target);
  }
  if (name.startsWith("node:") || builtinModules.includes(name)) return false;
  return PURE_PACKAGES[name]?.includes(file) ?? false;
}

t.test("the pure layers use no clock, chance, process or output", async (t) => {
  for (const file of files.filter((one) => (one.split("/")[0] ?? "") in MAY_IMPORT)) {
    const used = withoutTemplates(code(readFileSync(join(SRC, file), "utf8"))).match(FORBIDDEN_GLOBALS);
    t.equal(used?.[0], undefined, file);
  }
});

t.test("edges are not imported from below, nor from the side of main", async (t) => {
  for (const file of files) {
    const up = importsOf(readFileSync(join(SRC, file), "utf8")).filter((name) => name.endsWith("/main.ts"));
    t.same(up, [], file);
  }
});
