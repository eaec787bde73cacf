/** Builtins that decide what runs next: exit, return, break, eval, trap, and those that cannot be followed. */

import { LONGEST_WORD } from "../../exec/shell-invocation.ts";
import { leave, loseTrack, mayLeave } from "../analysis.ts";
import { type Field, isSeveral, type Status } from "../domain/value.ts";
import { invoke } from "../eval/simple.ts";
import type { Builtin, Call } from "./registry.ts";

export const FLOW_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", succeed],
  ["true", succeed],
  ["false", fail],
  ["exit", exit],
  ["return", returnBuiltin],
  ["break", breakOut],
  ["continue", breakOut],
  ["eval", evalBuiltin],
  ["trap", trap],
  ["command", command],
  [".", lost("runs a file that cannot be read here")],
  ["alias", lost("changes what commands mean")],
  ["ulimit", lost("sets limits that may end the hook")],
  ["fg", lost("is job control")],
  ["bg", lost("is job control")],
]);

/** Does nothing, with status 0. */
export function succeed({ shell }: Call): void {
  shell.status = 0;
}

function fail({ shell }: Call): void {
  shell.status = 1;
}

/** A special builtin that is called wrongly: bash goes on, dash, ash and bash in its POSIX mode may end there. */
export function refused({ run, shell, at }: Call): void {
  shell.status = "failure";
  if (run.dialect === "any") mayLeave(shell, at.ends);
}

/** From here on nothing is known. */
export function lost(because: string): Builtin {
  return ({ run, shell, at, command }) => loseTrack(run, shell, at, command.node.pos, command.text, because);
}

/** The exit status that an operand asks for; without one, that of the last command. */
function askedStatus(call: Call): Status {
  const [operand] = call.args;
  if (call.args.length === 0) return call.shell.status;
  if (typeof operand !== "string" || !/^\d{1,6}$/.test(operand)) return undefined;
  return Number(operand) % 256;
}

function exit(call: Call): void {
  call.shell.status = askedStatus(call);
  leave(call.shell, call.at.ends);
}

/** Outside of a function bash complains and goes on, dash ends the shell. */
function returnBuiltin(call: Call): void {
  const { shell, at } = call;
  shell.status = askedStatus(call);
  if (at.returns !== undefined) leave(shell, at.returns);
  else {
    mayLeave(shell, at.ends);
    shell.status = undefined;
  }
}

function breakOut(call: Call): void {
  const { run, shell, at, args, command } = call;
  const [operand] = args;
  const levels =
    args.length === 0
      ? 1
      : typeof operand === "string" && /^[1-9]\d?$/.test(operand)
        ? Number(operand)
        : undefined;
  if (
    levels === undefined ||
    (at.loops.length === 0 && at.loopOutside) ||
    (levels > at.loops.length && at.loopOutside)
  ) {
    loseTrack(run, shell, at, command.node.pos, command.text, "leaves a loop that shells do not agree on");
    return;
  }
  shell.status = 0;
  if (at.loops.length === 0) return;
  const loop = at.loops[Math.max(0, at.loops.length - levels)];
  if (loop !== undefined) leave(shell, command.fields[0] === "break" ? loop.breaks : loop.continues);
}

function evalBuiltin({ run, shell, at, args, command }: Call): void {
  const words = plainWords(args);
  if (words === undefined || words.some((word) => word.length > LONGEST_WORD)) {
    loseTrack(run, shell, at, command.node.pos, command.text, "runs text that is not known here");
    return;
  }
  const text = words.join(" ");
  if (text.trim() === "") shell.status = 0;
  else
    run.mind.evalText(
      run,
      shell,
      { ...at, origin: at.origin ?? { text: command.text, offset: command.node.pos } },
      text,
    );
}

function plainWords(args: readonly Field[]): string[] | undefined {
  return args.every((arg) => typeof arg === "string") ? ([...args] as string[]) : undefined;
}

/** Signals that only come where a script sends them: nobody else signals a hook. */
const QUIET_SIGNALS = /^(SIG)?(HUP|INT|QUIT|TERM|USR1|USR2|ALRM|1|2|3|10|12|14|15)$/;

function trap({ run, shell, at, args, command }: Call): void {
  const words = plainWords(args);
  const cannot = (because: string): void =>
    loseTrack(run, shell, at, command.node.pos, command.text, because);
  if (words === undefined) {
    cannot("sets a trap that is not known here");
    return;
  }
  if (words[0] === "--") words.shift();
  shell.status = 0;
  if (words.length === 0) return;
  if (words.length === 1 || words[0]?.startsWith("-p") || words[0] === "-l") {
    cannot("sets a trap that is not known here");
    return;
  }
  const [action, ...signals] = words as [string, ...string[]];
  if (signals.some((signal) => signal.includes("\r"))) {
    refused({ run, shell, at, args, command });
    return;
  }
  if (/^\d+$/.test(action)) {
    cannot("resets signals in an old way");
    return;
  }
  for (const signal of signals) {
    if (signal === "EXIT" || signal === "0") {
      shell.exitTrap = action === "-" ? "" : action;
      // bash runs it when a signal ends the shell, too.
      run.handlesSignals ||= shell.exitTrap !== "";
    } else if (QUIET_SIGNALS.test(signal)) {
      run.handlesSignals ||= action !== "-";
      run.ignoresSignals ||= action === "";
    } else if (action !== "-") {
      cannot("sets a trap that can run at any time");
      return;
    }
  }
}

/** `command name`: the builtin or program of that name, never a function. `-v` only asks. */
function command(call: Call): void {
  const { run, shell, at, args } = call;
  const [first, ...rest] = args;
  if (first === "-v" || first === "-V") {
    shell.status = undefined;
    shell.written = new Map([...shell.written.keys()].map((output) => [output, undefined]));
    return;
  }
  const fields = first === "-p" || first === "--" ? rest : args;
  // `-p` looks where the system keeps its own programs: they may be others, or missing.
  if (first === "-p") shell.options = { ...shell.options, pathDoubtful: true };
  const [name] = fields;
  if (fields.length === 0) {
    succeed(call);
    return;
  }
  if (typeof name !== "string" || name.startsWith("-") || name === "exec" || isSeveral(name)) {
    loseTrack(
      run,
      shell,
      at,
      call.command.node.pos,
      call.command.text,
      "runs a command whose name is not known here",
    );
    return;
  }
  invoke(run, shell, at, { ...call.command, fields }, true);
}
