import type { Remark } from "../check/finding.ts";
import type { Edit } from "../edit/site.ts";

/** The result of rewriting one manifest. */
export interface RewrittenText {
  readonly text: string;
  /** The edits, in the order of their positions in the original manifest. */
  readonly edits: readonly Edit[];
  /** Documents of the manifest that cannot be read or checked. They are unchanged. */
  readonly faults: readonly Remark[];
  /** Whether the text contains a Kubernetes object, even one without pods. */
  readonly hasObjects: boolean;
}
