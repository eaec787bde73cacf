import type { ManifestDocument } from "../manifest/read.ts";
import { quote } from "../policy/messages/quote.ts";
import type { Remark } from "./finding.ts";

/** A repeated key. */
export function repeatedRemark({ line, column, name }: ManifestDocument["repeated"][number]): Remark {
  const key = quote(name);
  return {
    line,
    column,
    text: `the key ${key} appears more than once in its mapping. kubectl uses the last value: remove the other keys.`,
  };
}
