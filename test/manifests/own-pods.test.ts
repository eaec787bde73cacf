import t from "tap";
import { parse } from "yaml";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { reviewOf } from "../reviews.ts";
import { type KubernetesObject, object, text } from "./read.ts";

const deployment = object("Deployment");
const ownPod: KubernetesObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "gracekeeper-1", ...deployment["spec"].template.metadata },
  spec: deployment["spec"].template.spec,
};

const configurations = {
  "the built-in configuration": DEFAULT_CONFIGURATION,
  "the configuration we ship": readConfiguration(parse(text("config.yaml"))),
};

for (const [name, configuration] of Object.entries(configurations)) {
  const context = { configuration, readHooks: hookReader(PROGRAMS), namespace: undefined };
  t.test(
    `gracekeeper's pods installed by ${name} pass enforce mode, except for the ignored hook-missing`,
    async (t) => {
      for (const sent of [ownPod, deployment]) {
        const { response, record } = validate(readReview(reviewOf(sent)), "enforce", context);
        t.same(record.findings, []);
        t.same(record.ignored, ["hook-missing"]);
        t.equal(record.action, "allowed", record.reason);
        t.equal(response.response.warnings, undefined);
      }
      const ours = JSON.stringify(ownPod["metadata"]).match(/"gracekeeper\.dev\/[^"]*":"[^"]*"/g);
      t.same(ours, ['"gracekeeper.dev/ignore":"hook-missing"'], "no other annotation or label of ours");
    },
  );
}
