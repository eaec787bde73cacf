import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import t from "tap";
import "./patience.ts";

/** Tests the library: typed functions that take a text and need no Node API. */
const ROOT = join(import.meta.dirname, "..");
const text = readFileSync(join(ROOT, "examples/long-drain.yaml"), "utf8");

t.test("the library can be bundled for a browser, and gives the same results there", async (t) => {
  // esbuild fails for this platform if the bundle imports a Node module.
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "src/index.ts")],
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString("base64")}`;
  const bundled = await import(url);
  const { check, explain } = await import("../src/index.ts");
  t.same(bundled.check(text), check(text));
  t.same(bundled.explain(text, { ending: { on: "drain" } }), explain(text, { ending: { on: "drain" } }));
  t.same(
    check(text).findings.map(({ id, location }) => [id, location.line, location.column]),
    [
      ["shutdown-too-short", 10, 3],
      ["use-native-sleep", 17, 9],
    ],
  );
});

t.test("options change the findings, and an invalid option throws an error that names it", async (t) => {
  const { check, ConfigurationError } = await import("../src/index.ts");
  const configuration = {
    apiVersion: "gracekeeper.dev/v1alpha1",
    kind: "GracekeeperConfiguration",
    actions: { "shutdown-too-short": "Off" },
  };
  const ids = (options: Parameters<typeof check>[1]) => check(text, options).findings.map(({ id }) => id);
  t.same(ids({ configuration }), ["use-native-sleep"]);
  t.same(ids({ kubernetesVersion: "1.29" }), ["shutdown-too-short"], "no sleep action to use");
  t.throws(() => check(text, { kubernetesVersion: "new" }), ConfigurationError);
  t.throws(() => check(text, { configuration: { kind: "x" } }), ConfigurationError);
  t.equal(check("a: [").faults.length, 1);
});
