import type { Container } from "../../termination/pod.ts";
import type { Configuration, ContainerPattern } from "../model/configuration.ts";

/** Whether the whole string matches the pattern. In the pattern, `*` is any number of characters. Case-sensitive. */
export function matchesPattern(pattern: string, text: string): boolean {
  if (!pattern.includes("*")) return text === pattern;
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop() ?? "";
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  return from <= text.length - tail.length;
}

export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, text));
}

/**
 * Whether the hook of this container is checked, and whether a hook may be added. Containers of other injectors are
 * neither checked nor changed.
 */
export function isChecked(
  container: Pick<Container, "name" | "image">,
  { containers }: Pick<Configuration, "containers">,
): boolean {
  return !matchesContainer(containers.notJudged, container);
}

/** Whether one of the patterns matches the container. */
export function matchesContainer(
  patterns: readonly ContainerPattern[],
  { name, image }: Pick<Container, "name" | "image">,
): boolean {
  return patterns.some(
    (pattern) =>
      (pattern.name === undefined || matchesPattern(pattern.name, name)) &&
      (pattern.image === undefined || matchesPattern(pattern.image, image)),
  );
}
