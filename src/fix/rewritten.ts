import type { Remark } from "../check/finding.ts";
import type { Edit } from "../edit/site.ts";

/** The result for one text. */
export interface RewrittenText {
  readonly text: string;
  /** The changes, in the order of the given text. */
  readonly edits: readonly Edit[];
  /** Documents that cannot be read or checked. They are unchanged. */
  readonly faults: readonly Remark[];
  /** Whether there is a Kubernetes object in it, also one without pods. */
  readonly hasObjects: boolean;
}
