import t from "tap";
import { CUSTOM_WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { CUSTOM_RESOURCES } from "./custom-resources.ts";

t.test(
  "every custom resource that the server knows has a rule, and every rule leads to one it knows",
  async (t) => {
    const names = (list: readonly { readonly group: string; readonly kind: string }[]) =>
      list.map(({ group, kind }) => `${kind}.${group}`).sort();
    t.same(names(CUSTOM_RESOURCES), names(CUSTOM_WORKLOADS));
  },
);
