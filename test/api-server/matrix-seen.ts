import type { Answer } from "./api.ts";
import type { AuditEvent, Output } from "./cluster.ts";
import { TEMPLATE_PREFIX } from "./golden.ts";
import type { Seen } from "./matrix-expected.ts";

const DENIAL = /^admission webhook "validate\.gracekeeper\.dev" denied the request: /;

/**
 * What a client sees in an API server's answer. Throws if the answer is neither a success, nor our denial, nor the API
 * server's own refusal.
 */
export function seenByClient({ status, body, warnings }: Answer): Seen {
  const text = status >= 400 ? String(body.message) : "";
  if (status === 201) return { refused: false, denied: [], ...warnedOf(warnings), audited: [] };
  if (status === 403 && body.reason === "Forbidden" && DENIAL.test(text))
    return { refused: false, denied: idsIn([text]), ...warnedOf(warnings), audited: [] };
  if (status === 422 && body.reason === "Invalid")
    return { refused: true, denied: [], ...warnedOf(warnings), audited: [] };
  throw new Error(`${status} ${text}`);
}

/** The output of kubectl. */
export function seenByPerson({ code, stderr }: Output): Seen {
  const lines = stderr.trimEnd().split("\n").filter(Boolean);
  const warnings = lines.filter((line) => line.startsWith("Warning: ")).map((line) => line.slice(9));
  const [error, ...others] = lines.filter((line) => !line.startsWith("Warning: "));
  if (others.length > 0 || (error === undefined) !== (code === 0)) throw new Error(`exit ${code}: ${stderr}`);
  if (error === undefined) return { refused: false, denied: [], ...warnedOf(warnings), audited: [] };
  if (code !== 1) throw new Error(`exit ${code}: ${stderr}`);
  const [, denial] = /^Error from server \(Forbidden\): error when creating "STDIN": (.*)$/.exec(error) ?? [];
  if (denial !== undefined && DENIAL.test(denial))
    return { refused: false, denied: idsIn([denial]), ...warnedOf(warnings), audited: [] };
  if (/^The \w+ ".*" is invalid: /.test(error))
    return { refused: true, denied: [], ...warnedOf(warnings), audited: [] };
  throw new Error(`exit ${code}: ${stderr}`);
}

/** The annotations of our webhooks in the audit log. */
export function seenInAudit(event: AuditEvent | undefined): readonly string[] {
  const ours = Object.entries(event?.annotations ?? {}).filter(([key]) => FOUND.test(key));
  return idsIn(ours.map(([, text]) => text));
}

const FOUND = /^(?:\w+\.gracekeeper\.dev\/findings|inject\.gracekeeper\.dev\/sleep-added)$/;

function warnedOf(warnings: readonly string[]): Pick<Seen, "rejected" | "warned"> {
  const strange = warnings.filter((text) => !/ \[[a-z-]+\]$/.test(text));
  if (strange.length > 0) throw new Error(`a warning without the id of a finding: ${strange[0]}`);
  const rejects = (text: string) => text.startsWith(TEMPLATE_PREFIX);
  return {
    rejected: idsIn(warnings.filter(rejects)),
    warned: idsIn(warnings.filter((text) => !rejects(text))),
  };
}

function idsIn(texts: readonly string[]): readonly string[] {
  const ids = texts.flatMap((text) => [...text.matchAll(/\[([a-z-]+)\]/g)].map(([, id]) => id ?? ""));
  return [...new Set(ids)].sort();
}
