import { clean } from "../../report/human.ts";
import type { Answer } from "./send.ts";

export type Role = "denied" | "allowed" | "warning";

/** The answer of the webhook as readable text. */
export function answerText(
  title: string,
  { allowed, message, warnings, auditAnnotations, patch }: Answer,
  paint: (text: string, role: Role) => string,
): string {
  const verdict = allowed
    ? paint(patch.length > 0 ? "allowed, with a patch" : "allowed", "allowed")
    : `${paint("denied", "denied")}: ${clean(message)}`;
  return [
    `${clean(title)}: ${verdict}`,
    ...warnings.map((text) => `  ${paint("warning", "warning")}: ${clean(text)}`),
    ...Object.entries(auditAnnotations).map(
      ([key, text]) => `  audit annotation ${clean(`${key}: ${text}`)}`,
    ),
    ...patch.map(({ op, path, value }) => `  ${clean(`${op} ${path}: ${JSON.stringify(value)}`)}`),
    "",
  ].join("\n");
}
