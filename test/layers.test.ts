import { readdirSync, readFileSync } from "node:fs";
import { builtinModules, stripTypeScriptTypes } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { type Program, parse } from "acorn";
import { simple } from "acorn-walk";
import t from "tap";
import "./patience.ts";

/**
 * Imports only point from higher to lower layers, and decisions are pure. src/explain is in the same layer as
 * src/admission and may import from it.
 */
const SRC = resolve(import.meta.dirname, "../src");

/** Each pure folder, and the other folders that it may import from. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  hook: [],
  termination: ["hook"],
  policy: ["hook", "termination"],
  admission: ["hook", "termination", "policy"],
  manifest: [],
  explain: ["hook", "termination", "policy", "admission", "manifest"],
  edit: ["hook", "termination", "policy", "manifest"],
  check: ["hook", "termination", "policy", "admission", "manifest", "explain", "edit"],
  report: ["policy", "check"],
  fix: ["hook", "termination", "policy", "admission", "manifest", "edit", "check"],
};

/** Packages without input or output, and the files that may import them. */
const PURE_PACKAGES: Record<string, readonly string[]> = {
  "js-yaml": ["events", "plain", "plain-node", "plain-range"].map((file) => `manifest/${file}.ts`),
  unbash: ["hook/shell/parse.ts", "hook/shell/ast.ts"],
  sarif: ["report/sarif.ts"],
  xmlbuilder2: ["report/junit.ts"],
  yaml: [
    ...["find", "lexer", "parse", "read", "refused-node", "syntax-error"].map(
      (file) => `manifest/${file}.ts`,
    ),
    ...["block", "edits", "flow", "list", "place", "scalar", "set", "site"].map((file) => `edit/${file}.ts`),
  ],
  zod: ["policy/configuration/parse.ts", "policy/configuration/schema.ts"],
};

/** Names for the clock, randomness, the process, input and output, and timers. */
const FORBIDDEN = new Set([
  ...[
    "process",
    "Buffer",
    "Date",
    "performance",
    "console",
    "globalThis",
    "require",
    "fetch",
    "WebAssembly",
    "eval",
  ],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Promise", "Worker", "crypto", "Intl"],
]);

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** The syntax tree of a file without its types. */
function tree(file: string): Program {
  const source = stripTypeScriptTypes(readFileSync(join(SRC, file), "utf8"));
  return parse(source, { ecmaVersion: "latest", sourceType: "module" });
}

/** Every module that a file imports. Imports of types are not in the tree, so they are read from the text. */
function importsOf(file: string): string[] {
  const statements = readFileSync(join(SRC, file), "utf8").matchAll(
    /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']/gm,
  );
  const names = [...statements].flatMap(([, name, bare]) => name ?? bare ?? []);
  simple(tree(file), {
    ImportExpression: ({ source }) => names.push(source.type === "Literal" ? String(source.value) : "?"),
  });
  return names;
}

/** The names in a file that pure files must not use. */
function impurities(file: string): string[] {
  const found: string[] = [];
  const program = tree(file);
  simple(program, {
    Identifier: ({ name }) => FORBIDDEN.has(name) && found.push(name),
    MemberExpression: ({ object, property }) => {
      const random =
        object.type === "Identifier" &&
        object.name === "Math" &&
        property.type === "Identifier" &&
        property.name === "random";
      if (random) found.push("Math.random");
    },
    AwaitExpression: () => found.push("await"),
    Function: (node) => node.async && found.push("async"),
    MetaProperty: () => found.push("import.meta"),
  });
  for (const statement of program.body) {
    if (statement.type === "VariableDeclaration" && statement.kind !== "const") found.push("module state");
  }
  return found;
}

t.test("pure layers import only from lower layers", async (t) => {
  t.ok(files.length > 30, "the walk finds the source");
  for (const [layer, below] of Object.entries(MAY_IMPORT)) {
    const own = files.filter((file) => file.startsWith(`${layer}/`));
    t.ok(own.length > 0, `${layer} has files`);
    for (const file of own) {
      const bad = importsOf(file).filter((name) => !allowed(file, layer, below, name));
      t.same(bad, [], file);
    }
  }
});

function allowed(file: string, layer: string, below: readonly string[], name: string): boolean {
  if (name.startsWith(".")) {
    const target = relative(SRC, resolve(join(SRC, dirname(file)), name)).split("/")[0] ?? "";
    return target === layer || below.includes(target) || target === "json.ts";
  }
  if (name.startsWith("node:") || builtinModules.includes(name)) return false;
  return PURE_PACKAGES[name]?.includes(file) ?? false;
}

t.test("pure layers use no clock, randomness, process, output or module state", async (t) => {
  for (const file of files.filter((one) => (one.split("/")[0] ?? "") in MAY_IMPORT)) {
    t.same(impurities(file), [], file);
  }
});

t.test("no file imports main.ts", async (t) => {
  for (const file of files) {
    const up = importsOf(file).filter((name) => name.endsWith("/main.ts"));
    t.same(up, [], file);
  }
});
