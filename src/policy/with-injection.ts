import type { Addition } from "./injection/decide.ts";
import { injectedAnnotation } from "./injection/record.ts";
import { INJECTED } from "./model/keys.ts";
import type { PodOrTemplate } from "./model/pod.ts";

/** The pod or template as its pods will be once the sleep is added: what is judged is what will run. */
export function withInjection(
  subject: PodOrTemplate,
  { containers, handler, injected }: Addition,
): PodOrTemplate {
  const added = new Set(containers);
  return {
    ...subject,
    annotations: new Map(subject.annotations).set(INJECTED, injectedAnnotation(injected)),
    spec: {
      ...subject.spec,
      graceSeconds: injected.graceAfter,
      containers: subject.spec.containers.map((container) =>
        added.has(container.name) && container.preStop === undefined
          ? { ...container, preStop: handler }
          : container,
      ),
    },
  };
}
