import type { Container } from "../termination/pod.ts";
import { matchesPattern } from "./configuration/patterns.ts";
import type { Configuration } from "./model/configuration.ts";

/** Whether the container's hook is the pod author's: those that other injectors add are neither judged nor changed. */
export function isJudged(
  { name, image }: Pick<Container, "name" | "image">,
  { containers }: Pick<Configuration, "containers">,
): boolean {
  return !containers.notJudged.some(
    (pattern) =>
      (pattern.name === undefined || matchesPattern(pattern.name, name)) &&
      (pattern.image === undefined || matchesPattern(pattern.image, image)),
  );
}
