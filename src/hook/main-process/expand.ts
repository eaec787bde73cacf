import { LONGEST_WORD } from "../exec/shell-invocation.ts";
import type { Environment } from "../programs/program.ts";

/**
 * A word of `command` or `args` as the kubelet expands it. Undefined if the word contains an unknown variable, or
 * becomes too long. `$$` becomes `$`. `$(NAME)` stays unchanged if the variable is not set, so a shell may run `NAME`
 * as a command.
 *
 * Source: third_party/forked/golang/expansion/expand.go `Expand`, pkg/kubelet/container/helpers.go
 * `ExpandContainerCommandAndArgs` (1.36)
 */
export function expanded(word: string, env: Environment): string | undefined {
  let result = "";
  let from = 0;
  for (const { 0: found, 1: name, index } of word.matchAll(VARIABLE)) {
    const value = found === "$$" ? "$" : variable(name ?? "", found, env);
    if (value === undefined) return undefined;
    result += word.slice(from, index) + value;
    from = index + found.length;
    if (result.length > LONGEST_WORD) return undefined;
  }
  result += word.slice(from);
  return result.length > LONGEST_WORD ? undefined : result;
}

const VARIABLE = /\$\$|\$\(([^)]*)\)/g;

/** The names that `envFrom` or a Service may set. */
const VARIABLE_NAME = /^[A-Z_][A-Z0-9_]*$/;

function variable(name: string, reference: string, env: Environment): string | undefined {
  if (env.has(name)) return env.get(name);
  return VARIABLE_NAME.test(name) ? undefined : reference;
}
