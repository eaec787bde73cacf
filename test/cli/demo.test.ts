import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { devHelp } from "../../src/cli/serve/dev-defaults.ts";
import { createExplainer } from "../../src/server/explain/pool.ts";
import { demo } from "../../tools/demo/demo.ts";
import { EXAMPLES, readExamples } from "../../tools/demo/examples.ts";
import { show } from "../../tools/demo/render-example.ts";
import { breaches, post, testApp } from "../helper.ts";
import { exampleReviews, REVIEWS } from "./example-reviews.ts";
import "../patience.ts";

t.test("examples/reviews/ has exactly the reviews generated from examples/", async (t) => {
  const reviews = await exampleReviews();
  t.same(readdirSync(REVIEWS).sort(), [...reviews.keys()].sort());
  for (const [file, text] of reviews) {
    t.same(JSON.parse(readFileSync(new URL(file, REVIEWS), "utf8")), JSON.parse(text), file);
  }
});

t.test("every example begins with a comment that says what it shows", async (t) => {
  for (const { name, yaml, manifest } of await readExamples()) {
    t.match(yaml, /^# .{20,110}\n/, name);
    t.equal(manifest.metadata.name, name, "is named as its file");
  }
});

t.test("the demo shows the right answer to every example in plain text", async (t) => {
  let text = "";
  const terminal = {
    colour: false,
    write(piece: string) {
      text += piece;
    },
  };
  t.equal(await demo(terminal), 0);
  for (const { name } of await readExamples()) t.match(text, `examples/${name}.yaml`);
  t.match(
    text,
    'Error from server (Forbidden): error when creating "examples/no-time-left.yaml": admission webhook "validate.gracekeeper.dev" denied the request: container "web": preStop takes 15s',
  );
  t.match(text, /^\+ {10}sleep:$/m, "the sleep that is added");
  t.match(text, /^-.*GracePeriodSeconds: 30\n\+.*GracePeriodSeconds: 40$/m, "and the grace");
  t.match(text, 'Deployment "nginx"');
  t.match(text, /^[\x20-\x7e\n]*$/, "no colour, nothing unprintable");
});

t.test("the demo reports a wrong answer", async (t) => {
  const [example] = (await readExamples()).filter(({ name }) => name === "fits");
  if (example === undefined) throw new Error("examples/fits.yaml is gone");
  const answers: [answer: object, outcome: string | RegExp][] = [
    [{ status: 500, body: "boom\n" }, "HTTP 500: boom"],
    [{ status: 200, body: '{"response":{"uid":"other","allowed":true}}' }, "an answer with another uid"],
  ];
  const terminal = { colour: true, write: () => {} };
  for (const [answer, outcome] of answers) {
    const client = { post: async () => answer as { status: number; body: string }, close: () => {} };
    t.equal(await show(example, client, terminal), outcome);
  }
});

t.test("the commands that npm start prints have the announced results", async (t) => {
  const explainer = createExplainer();
  t.teardown(() => explainer.close());
  const { app } = testApp(t, { explainer });
  const commands = devHelp(8443).match(/curl .*/g) ?? [];
  t.equal(commands.length, 3);
  const answers: string[] = [];
  for (const command of commands) {
    const [, file = "", path = ""] =
      /--data-binary @examples\/(\S+) https:\/\/localhost:8443(\S+)$/.exec(command) ?? [];
    const type = / -H 'Content-Type: (\S+)'/.exec(command)?.[1] ?? "application/x-www-form-urlencoded";
    const body = readFileSync(new URL(file, EXAMPLES), "utf8");
    const answer = await post(app, path, body, { "content-type": type, accept: "*/*" });
    if (path !== "/explain")
      t.same(breaches(answer, JSON.parse(body).request.uid, path === "/mutate"), [], path);
    answers.push(answer.body);
  }
  t.match(answers[0], '"allowed":false');
  t.match(answers[1], '"patchType":"JSONPatch"');
  t.match(answers[2], 'Deployment "nginx"');
});
