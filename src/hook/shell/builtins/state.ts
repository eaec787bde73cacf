/** Builtins that change variables and options. */

import { charged, loseTrack, mayLeave } from "../analysis.ts";
import { type Options, type Shell, UNSET } from "../domain/state.ts";
import { isSeveral, type Maybe, statusOf } from "../domain/value.ts";
import { assign, unset } from "../domain/variables.ts";
import { assignTo, hiddenKey } from "../eval/simple.ts";
import type { Assignment } from "../parse.ts";
import { lost, refused } from "./flow.ts";
import type { Builtin, Call } from "./registry.ts";
import { test } from "./test.ts";

export const STATE_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["export", exportNames],
  ["readonly", readonlyNames],
  ["local", local],
  ["unset", unsetNames],
  ["set", set],
  ["shift", shift],
  ["cd", changeDirectory],
  ["umask", perhaps],
  ["hash", hash],
  ["type", perhaps],
  ["times", perhaps],
  ["unalias", perhaps],
  ["getopts", getopts],
  ["test", testBuiltin],
  ["[", testBuiltin],
]);

/** Takes no time, and changes nothing that is followed; how it ends is not known. */
function perhaps({ shell }: Call): void {
  shell.status = undefined;
  shell.written = new Map([...shell.written.keys()].map((output) => [output, undefined]));
}

/** `hash -p FILE NAME` (bash) makes a name mean another program. */
function hash(call: Call): void {
  if (call.args.every((arg) => typeof arg === "string" && (arg === "-r" || /^[\w.]/.test(arg))))
    perhaps(call);
  else lost("changes what commands mean")(call);
}

function assignmentsOf(call: Call): readonly Assignment[] {
  return call.command.node.args.filter((arg): arg is Assignment => arg.type === "Assignment");
}

/** The plain names among the arguments; undefined where one is not known or is an option. */
export function namesOf(call: Call): readonly string[] | undefined {
  const names: string[] = [];
  for (const arg of call.args) {
    if (typeof arg !== "string" || !/^[A-Za-z_]\w*$/.test(arg)) return undefined;
    names.push(arg);
  }
  return names;
}

function exportNames(call: Call): void {
  const { shell } = call;
  const names = namesOf(call);
  if (names === undefined) {
    lost("changes variables that are not known here")(call);
    return;
  }
  const assignments = assignmentsOf(call);
  for (const assignment of assignments) assignOne(call, assignment);
  shell.exported = new Set([...shell.exported, ...names, ...assignments.map((each) => each.name)]);
  shell.status = 0;
}

/** dash 0.5.11 and before split what `export x=$y` and `local x=$y` expand; the others do not. */
function assignOne(call: Call, assignment: Assignment): void {
  const { run, shell, at } = call;
  assignTo(run, shell, at, assignment);
  const value = shell.vars.get(assignment.name);
  if (
    run.dialect === "any" &&
    /(^|[^"])[$`]/.test(assignment.value.type === "Word" ? assignment.value.text : "") &&
    typeof value === "string" &&
    /[\s*?[]/.test(value)
  ) {
    assign(shell, assignment.name, undefined);
  }
}

/** A later assignment to such a name ends some shells: only where there is none is it followed. */
function readonlyNames(call: Call): void {
  const { at, shell } = call;
  const assignments = assignmentsOf(call);
  const names = [...(namesOf(call) ?? []), ...assignments.map((each) => each.name)];
  charged(call.run, (names.length * at.text.length) / 64);
  // Quotes in a name do not change it.
  const text = at.text.replace(/['"\\]/g, "");
  const again = names.some(
    (name) => [...text.matchAll(new RegExp(`(?<![$\\w{])${name}\\b`, "g"))].length > 1,
  );
  if (namesOf(call) === undefined || again) {
    lost("makes variables read-only")(call);
    return;
  }
  for (const assignment of assignments) assignOne(call, assignment);
  shell.readonlys = new Set([...shell.readonlys, ...names]);
  shell.status = 0;
}

/** dash, bash and busybox ash have it; without a value bash leaves the name unset, dash keeps what it was. */
export function local(call: Call): void {
  const { run, shell, at, command } = call;
  const names = namesOf(call);
  if (names === undefined || at.returns === undefined) {
    loseTrack(run, shell, at, command.node.pos, command.text, "declares something that is not followed");
    return;
  }
  const assignments = assignmentsOf(call);
  for (const name of [...names, ...assignments.map((each) => each.name)]) {
    const key = hiddenKey(at.calls, name);
    if (!shell.vars.has(key)) shell.vars.set(key, outside(call, name));
  }
  for (const name of names) assign(shell, name, run.dialect === "bash" ? UNSET : undefined);
  for (const assignment of assignments) assignOne(call, assignment);
  shell.status = 0;
}

function outside(call: Call, name: string): ReturnType<Shell["vars"]["get"]> {
  const { run, shell } = call;
  return shell.vars.has(name) || shell.forgotten ? shell.vars.get(name) : run.env.get(name);
}

function unsetNames(call: Call): void {
  const { shell, args } = call;
  shell.status = 0;
  for (const arg of args) {
    if (arg === "-v") continue;
    if (typeof arg !== "string" || arg.startsWith("-")) {
      lost("forgets something that is not known here")(call);
      return;
    }
    // bash computes the index, and with it any substitution in there.
    if (/\[(?!\d+\]$)/.test(arg)) {
      lost("forgets something that is not known here")(call);
      return;
    }
    if (/\[/.test(arg)) assign(shell, arg.slice(0, arg.indexOf("[")), undefined);
    else if (shell.functions.has(arg)) {
      lost("forgets a function")(call);
      return;
    } else unset(shell, arg);
    if (arg === "PATH") shell.options = { ...shell.options, pathDoubtful: true };
  }
}

/** Options of `set` that change what runs, by letter and by name. */
const OPTION_NAMES: ReadonlyMap<string, keyof Options> = new Map([
  ["e", "errexit"],
  ["u", "nounset"],
  ["f", "noglob"],
  ["errexit", "errexit"],
  ["nounset", "nounset"],
  ["noglob", "noglob"],
  ["pipefail", "pipefail"],
]);
/** Options that change nothing that is followed. */
const HARMLESS = /^(x|v|b|h|B|xtrace|verbose|notify|hashall|braceexpand)$/;

function set(call: Call): void {
  const { shell, args } = call;
  shell.status = 0;
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--") {
      shell.args = args.slice(i + 1);
      return;
    }
    if (typeof arg !== "string" || isSeveral(arg)) {
      lost("sets something that is not known here")(call);
      return;
    }
    if (!/^[-+]./.test(arg)) {
      shell.args = args.slice(i);
      return;
    }
    if (arg.includes("\r")) {
      refused(call);
      return;
    }
    const on = arg.startsWith("-");
    for (const letter of arg.slice(1)) {
      const name = letter === "o" ? args[++i] : letter;
      if (typeof name !== "string" || !setOption(call, name, on)) {
        lost("sets an option that is not followed")(call);
        return;
      }
    }
  }
}

/** Sets one option; false where it is not one that is understood. */
function setOption({ run, shell, at }: Call, name: string, on: boolean): boolean {
  if (name === "pipefail" && run.dialect === "any") {
    // dash 0.5.12 does not know it: a wrong option to a special builtin ends the shell.
    mayLeave(shell, at.ends);
    shell.options = { ...shell.options, pipefail: undefined };
    return true;
  }
  const key = OPTION_NAMES.get(name);
  if (key === undefined) return HARMLESS.test(name) && (on || !/^(B|braceexpand)$/.test(name));
  shell.options = { ...shell.options, [key]: on satisfies Maybe };
  return true;
}

function shift(call: Call): void {
  const { run, shell, args } = call;
  const [operand = "1"] = args;
  const count = typeof operand === "string" && /^\d$/.test(operand) ? Number(operand) : undefined;
  if (count === undefined || shell.args.slice(0, count).some(isSeveral)) {
    lost("shifts by an unknown number")(call);
    return;
  }
  if (count > shell.args.length) {
    // bash fails, dash and ash end the shell.
    shell.status = "failure";
    if (run.dialect === "any") mayLeave(shell, call.at.ends);
    return;
  }
  shell.args = shell.args.slice(count);
  shell.status = 0;
}

function changeDirectory({ run, shell, args }: Call): void {
  // From there a plain name may lead to a device.
  if (args.some((arg) => typeof arg !== "string" || /dev|proc|\.\./.test(arg))) run.hook.pipesMayBe = true;
  shell.status = args.length === 1 && (args[0] === "/" || args[0] === ".") ? 0 : undefined;
}

function getopts(call: Call): void {
  const [, name] = call.args;
  if (typeof name !== "string") {
    lost("sets a variable that is not known here")(call);
    return;
  }
  assign(call.shell, name, undefined);
  call.shell.status = undefined;
}

function testBuiltin(call: Call): void {
  const { run, shell, args, command } = call;
  // bash computes the index of `-v NAME[INDEX]`.
  if (
    args.some(
      (arg, i) => arg === "-v" && !/^\w*$/.test(typeof args[i + 1] === "string" ? String(args[i + 1]) : "["),
    )
  ) {
    lost("asks for something that is not followed")(call);
    return;
  }
  const bracket = command.fields[0] === "[" || args.at(-1) === "]";
  if (bracket && command.fields[0] === "[" && args.at(-1) !== "]") {
    // A missing bracket is an error, unless an unknown word holds it.
    shell.status = args.some((arg) => typeof arg !== "string") ? undefined : 2;
    return;
  }
  shell.status = statusOf(test(command.fields[0] === "[" ? args.slice(0, -1) : args, run.dialect));
}
