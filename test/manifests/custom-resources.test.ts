import t from "tap";
import { CUSTOM_WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { CUSTOM_RESOURCES } from "./custom-resources.ts";

t.test("the rules of the webhook configurations cover exactly the known custom resources", async (t) => {
  const names = (list: readonly { readonly group: string; readonly kind: string }[]) =>
    list.map(({ group, kind }) => `${kind}.${group}`).sort();
  t.same(names(CUSTOM_RESOURCES), names(CUSTOM_WORKLOADS));
});
