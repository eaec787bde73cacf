import type { Finding } from "./finding.ts";
import { FINDING_KINDS } from "./findings/index.ts";
import type { JudgedPod } from "./judged-pod.ts";

/** Everything that is wrong with a pod, in the order it is said. */
export function judge(pod: JudgedPod): readonly Finding[] {
  return FINDING_KINDS.flatMap(({ find }) => find(pod));
}
