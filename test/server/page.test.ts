import t from "tap";
import { createExplainer } from "../../src/server/explain/pool.ts";
import { testApp } from "../helper.ts";
import "../patience.ts";

t.test("the page and its files are served only if explain is enabled", async (t) => {
  const explainer = createExplainer();
  t.teardown(() => explainer.close());
  const { app } = testApp(t, { explainer });
  const page = await app.inject({ method: "GET", url: "/" });
  t.equal(page.statusCode, 200);
  t.match(page.headers["content-type"], /^text\/html/);
  const named = [...page.body.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = ""]) => path);
  t.same(named, ["/page/page.css", "/page/page.js"]);
  const modules = ["/page/dom.js", "/page/result.js", "/page/share.js"];
  for (const path of ["/", ...named, ...modules]) {
    const answer = await app.inject({ method: "GET", url: path });
    t.equal(answer.statusCode, 200, path);
    t.match(
      answer.headers["content-security-policy"],
      /^default-src 'none'; script-src 'self'; style-src 'self'; img-src data:;/,
      path,
    );
    t.equal(answer.headers["x-content-type-options"], "nosniff");
    t.notMatch(answer.body, /https?:\/\/(?!www\.w3\.org|HOST)/, "nothing from outside");
  }
  t.equal((await app.inject({ method: "POST", url: "/" })).statusCode, 404);
  t.equal((await app.inject({ method: "GET", url: "/page/../../package.json" })).statusCode, 404);
  const { app: admission } = testApp(t);
  for (const path of ["/", ...named, ...modules])
    t.equal((await admission.inject({ method: "GET", url: path })).statusCode, 404, path);
});

t.test("the Accept header selects the format", async (t) => {
  const explainer = createExplainer({ milliseconds: 60_000, heapMebibytes: 64, pending: 5 });
  t.teardown(() => explainer.close());
  const { app } = testApp(t, { explainer });
  const payload =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, lifecycle: {preStop: {sleep: {seconds: 30}}}}]\n";
  const type = "application/vnd.gracekeeper.page+json";
  for (const [accept, given, begin] of [
    ["*/*", "text/plain", 'Pod "web", stopped by'],
    ["application/json", "application/json", '{\n  "documents": ['],
    ["image/svg+xml", "image/svg+xml", "<svg xmlns="],
    [type, type, '{"documents":[{"title":'],
    ["text/x-diff", "text/x-diff", "--- a/manifest.yaml\n+++ b/manifest.yaml\n@@ -2,4 +2,5 @@"],
  ] as const) {
    const { headers, body } = await app.inject({
      method: "POST",
      url: "/explain",
      payload,
      headers: { accept },
    });
    t.equal(String(headers["content-type"]).replace(/;.*/, ""), given);
    t.ok(body.startsWith(begin), body.slice(0, begin.length));
  }
});
