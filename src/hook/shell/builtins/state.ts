/** Builtins that change variables and options: export, local, set, cd. */
import type { Assignment } from "../ast.ts";
import { mayExitTo } from "../domain/join.ts";
import type { Options } from "../domain/state.ts";
import { type Field, isName } from "../domain/value.ts";
import { assign, hiddenKey } from "../domain/variables.ts";
import { assignTo } from "../expand/assignment.ts";
import { type Builtin, type Call, refused, unsupported } from "./builtin.ts";

export const STATE_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["export", exportNames],
  ["local", local],
  ["set", set],
  ["cd", changeDirectory],
]);

function assignmentsOf({ node }: Call): readonly Assignment[] {
  return node.args.filter((arg): arg is Assignment => arg.type === "Assignment");
}

function exportNames(call: Call): void {
  const { state, args } = call;
  if (!args.every(isName)) {
    unsupported("changes unknown variables")(call);
    return;
  }
  const assignments = assignmentsOf(call);
  for (const assignment of assignments) assignOne(call, assignment);
  state.exported = new Set([...state.exported, ...args, ...assignments.map((each) => each.name)]);
  state.status = 0;
}

/** dash up to 0.5.11 splits the expansions in `export x=$y` and `local x=$y`; the other shells do not. */
function assignOne({ state, scope }: Call, assignment: Assignment): void {
  const { name, value } = assignment;
  assignTo(state, scope, assignment);
  const held = state.vars.get(name);
  const unquoted = value.type === "Word" && /(^|[^"])[$`]/.test(value.text);
  if (scope.analysis.dialect === "any" && unquoted && typeof held === "string" && /[\s*?[]/.test(held))
    assign(state, name, undefined);
}

/**
 * dash, bash and busybox ash have `local`. After `local NAME` without a value, NAME is unset in bash, and keeps its
 * value in dash.
 */
function local(call: Call): void {
  const { state, scope, args } = call;
  const assignments = assignmentsOf(call);
  const names = [...args, ...assignments.map((each) => each.name)];
  // A local SECONDS variable does not count the time.
  if (!names.every(isName) || scope.returns === undefined || names.includes("SECONDS")) {
    unsupported("declares a variable in a way that is not analysed")(call);
    return;
  }
  for (const name of names) {
    const key = hiddenKey(scope.calls, name);
    if (!state.vars.has(key)) state.vars.set(key, valueOutside(call, name));
  }
  for (const name of names.slice(0, args.length)) assign(state, name, undefined);
  for (const assignment of assignments) assignOne(call, assignment);
  state.status = 0;
}

function valueOutside({ state, scope }: Call, name: string) {
  const { vars, allVarsUnknown } = state;
  return vars.has(name) || allVarsUnknown ? vars.get(name) : scope.analysis.env.get(name);
}

/** Options of `set` that change the control flow, by letter and by name. */
const OPTION_NAMES: ReadonlyMap<string, keyof Options> = new Map([
  ["e", "errexit"],
  ["u", "nounset"],
  ["f", "noglob"],
  ["errexit", "errexit"],
  ["nounset", "nounset"],
  ["noglob", "noglob"],
  ["pipefail", "pipefail"],
]);
/** Options of `set` that do not change the analysed state of the shell. */
const HARMLESS = /^(x|v|b|h|B|xtrace|verbose|notify|hashall|braceexpand)$/;
/** Options of bash that let functions inherit ERR traps, which are not analysed. */
const HARMLESS_IN_BASH = /^(E|errtrace)$/;

function set(call: Call): void {
  const { state, args } = call;
  state.status = 0;
  let i = 0;
  while (i < args.length) {
    const arg = args[i];
    if (typeof arg !== "string") {
      unsupported("sets an unknown option or operand")(call);
      return;
    }
    if (arg === "--" || !/^[-+]./.test(arg)) {
      state.args = args.slice(arg === "--" ? i + 1 : i);
      return;
    }
    if (arg.includes("\r")) {
      refused(call);
      return;
    }
    const names = optionNames(arg, args.slice(i + 1));
    if (!names.every((name) => setOption(call, name, arg.startsWith("-")))) {
      unsupported("sets an option that is not analysed")(call);
      return;
    }
    i += 1 + [...arg.slice(1)].filter((letter) => letter === "o").length;
  }
}

/** `-euo pipefail`: each letter is an option, and each `o` takes an option name from the next word. */
function optionNames(arg: string, behind: readonly Field[]): readonly Field[] {
  let taken = 0;
  return [...arg.slice(1)].map((letter) => (letter === "o" ? behind[taken++] : letter));
}

/** Sets one option; returns false for an unknown option. */
function setOption({ state, scope }: Call, name: Field, on: boolean): boolean {
  if (typeof name !== "string") return false;
  if (name === "pipefail" && scope.analysis.dialect === "any") {
    // dash 0.5.12 does not know `pipefail`, and a wrong option to a special builtin ends the shell.
    mayExitTo(state, scope.ends);
    state.options = { ...state.options, pipefail: undefined };
    return true;
  }
  const key = OPTION_NAMES.get(name);
  if (key === undefined && scope.analysis.dialect === "bash" && HARMLESS_IN_BASH.test(name)) return true;
  if (key === undefined) return HARMLESS.test(name) && (on || !/^(B|braceexpand)$/.test(name));
  state.options = { ...state.options, [key]: on };
  return true;
}

function changeDirectory({ state, scope, args }: Call): void {
  // In a folder such as `/dev`, a plain file name may be a device.
  if (args.some((arg) => typeof arg !== "string" || /dev|proc|\.\./.test(arg)))
    scope.analysis.hook.pipesMayBe = true;
  state.status = args.length === 1 && (args[0] === "/" || args[0] === ".") ? 0 : undefined;
}
