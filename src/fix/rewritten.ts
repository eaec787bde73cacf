import type { Remark } from "../check/finding.ts";
import type { Edit } from "../edit/site.ts";

/** The result for one text. */
export interface RewrittenText {
  readonly text: string;
  /** The changes, in the order of the original text. */
  readonly edits: readonly Edit[];
  /** Documents that cannot be read or checked. They are unchanged. */
  readonly faults: readonly Remark[];
  /** Whether the text contains a Kubernetes object, even one without pods. */
  readonly hasObjects: boolean;
}
