import type { Remark } from "../check/finding.ts";
import type { Edit } from "../edit/site.ts";

/** What is made of a text. */
export interface RewrittenText {
  readonly text: string;
  /** What has changed, in the order of the text that was given. */
  readonly edits: readonly Edit[];
  /** Documents that cannot be read or checked. They are as they were. */
  readonly faults: readonly Remark[];
  /** Whether there is a Kubernetes object in it, also one without pods. */
  readonly hasObjects: boolean;
}
