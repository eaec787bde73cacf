import { baseName, readShellCall } from "../exec/shell-invocation.ts";
import type { Handler } from "../handler.ts";
import type { SyntaxNode } from "../shell/ast.ts";
import { everyNode, readScript } from "../shell/parse.ts";
import { constant, opensNothing } from "./state.ts";

/** Whether a hook certainly only waits or prints: it does not signal, write files or call other programs. */
export function isQuietHook(handler: Handler): boolean {
  if (handler.kind === "httpGet") return false;
  if (handler.kind !== "exec") return true;
  const [program = ""] = handler.command;
  const script = readShellCall(handler.command)?.script;
  if (script === undefined) return QUIET.has(baseName(program));
  const read = script.kind === "text" ? readScript(script.text) : undefined;
  return read?.kind === "script" && everyNode(read.script, isQuiet);
}

/** Programs and builtins that only wait, print or test. */
const QUIET = new Set(["sleep", "true", "false", ":", "echo", "printf", "date", "test", "[", "exit"]);

function isQuiet(node: SyntaxNode): boolean {
  switch (node.type) {
    case "Command":
      return node.name === undefined || QUIET.has(constant(node.name) ?? "");
    case "Redirect":
      return opensNothing(node);
    case "Function":
    case "Assignment":
      return false;
    default:
      return true;
  }
}
