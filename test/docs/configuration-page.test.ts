import { readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { configurationSchema, readConfiguration } from "../../src/policy/configuration/parse.ts";
import { EXAMPLE, PAGE, page, SCHEMA, schemaText } from "../../tools/docs/configuration-page.ts";

t.test(
  "docs/configuration.md and the schema are up to date (node tools/docs/configuration-page.ts --write)",
  async (t) => {
    t.equal(readFileSync(PAGE, "utf8"), page());
    t.equal(readFileSync(SCHEMA, "utf8"), schemaText());
    t.notMatch(page(), /\| \? \||undefined/, "what is allowed is known for every field");
  },
);

t.test("the example in docs/configuration.md is complete and valid", async (t) => {
  readConfiguration(parse(EXAMPLE));
  const { properties } = configurationSchema() as { properties: object };
  t.same(Object.keys(parse(EXAMPLE)), Object.keys(properties));
});
