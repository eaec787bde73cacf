/** Builtins that change the control flow: exit, return, break, eval, trap, command. */
import { LONGEST_WORD } from "../../exec/shell-invocation.ts";
import { exitTo, mayExitTo } from "../domain/join.ts";
import { writtenUnknown } from "../domain/state.ts";
import type { Status } from "../domain/value.ts";
import { giveUp, textOf } from "../effects.ts";
import { type Builtin, type Call, plainWords, refused, succeed, unsupported } from "./builtin.ts";

export const FLOW_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["false", fail],
  ["exit", exit],
  ["return", returnBuiltin],
  ["break", leaveLoop],
  ["continue", leaveLoop],
  ["eval", evalBuiltin],
  ["trap", trap],
  ["command", command],
]);

function fail({ state }: Call): void {
  state.status = 1;
}

/** Exit statuses are one byte. */
const STATUSES = 256;

/** The exit status that the operand sets; without an operand, the status of the last command. */
function askedStatus({ state, args }: Call): Status {
  const [operand] = args;
  if (args.length === 0) return state.status;
  return typeof operand === "string" && /^\d{1,6}$/.test(operand) ? Number(operand) % STATUSES : undefined;
}

function exit(call: Call): void {
  call.state.status = askedStatus(call);
  exitTo(call.state, call.scope.ends);
}

/** For a `return` outside a function, bash prints an error and continues, and dash ends. */
function returnBuiltin(call: Call): void {
  const { state, scope } = call;
  state.status = askedStatus(call);
  if (scope.returns !== undefined) exitTo(state, scope.returns);
  else {
    mayExitTo(state, scope.ends);
    state.status = undefined;
  }
}

function leaveLoop(call: Call): void {
  const { state, scope, args, name } = call;
  const operand = args.length === 0 ? "1" : args[0];
  const levels = typeof operand === "string" && /^[1-9]\d?$/.test(operand) ? Number(operand) : undefined;
  if (levels === undefined || (levels > scope.loops.length && scope.loopOutside)) {
    unsupported("leaves a loop in a way that differs between shells")(call);
    return;
  }
  state.status = 0;
  const loop = scope.loops[Math.max(0, scope.loops.length - levels)];
  if (loop !== undefined) exitTo(state, name === "break" ? loop.breaks : loop.continues);
}

function evalBuiltin(call: Call): void {
  const { state, scope, args, node } = call;
  const words = plainWords(args);
  if (words === undefined || words.some((word) => word.length > LONGEST_WORD)) {
    unsupported("runs unknown text")(call);
    return;
  }
  const text = words.join(" ");
  const origin = scope.origin ?? { text: textOf(scope, node), offset: node.pos };
  if (text.trim() === "") state.status = 0;
  else scope.analysis.evaluator.evalText(state, { ...scope, origin }, text);
}

/** Signals that only the script itself sends, because nothing else sends signals to a hook. */
const QUIET_SIGNALS = /^(SIG)?(HUP|INT|QUIT|TERM|USR1|USR2|ALRM|1|2|3|10|12|14|15)$/;

function trap(call: Call): void {
  const { state, args } = call;
  const words = plainWords(args[0] === "--" ? args.slice(1) : args);
  if (words?.length === 0) {
    state.status = 0;
    return;
  }
  const [action = "", ...signals] = words ?? [];
  if (signals.length === 0 || /^(-p.*|-l|\d+)$/.test(action)) {
    unsupported("sets an unknown trap")(call);
    return;
  }
  if (signals.some((signal) => signal.includes("\r"))) {
    refused(call);
    return;
  }
  state.status = 0;
  for (const signal of signals) setTrap(call, action, signal);
}

function setTrap({ state, scope, node }: Call, action: string, signal: string): void {
  const { analysis } = scope;
  if (signal === "EXIT" || signal === "0") {
    state.exitTrap = action === "-" ? "" : action;
    // bash also runs the EXIT trap when a signal ends the shell.
    analysis.handlesSignals ||= state.exitTrap !== "";
  } else if (QUIET_SIGNALS.test(signal)) {
    analysis.handlesSignals ||= action !== "-";
    analysis.ignoresSignals ||= action === "";
  } else if (action !== "-") giveUp(state, scope, node, "sets a trap that can run at any time");
}

/** `command NAME` runs the builtin or program NAME, never a function. `command -v NAME` runs nothing. */
function command(call: Call): void {
  const { state, scope, args, node } = call;
  const [first, ...rest] = args;
  if (first === "-v" || first === "-V") {
    state.status = undefined;
    writtenUnknown(state);
    return;
  }
  // `command -p` searches a default PATH, where the programs may be different or missing.
  if (first === "-p") state.options = { ...state.options, pathDoubtful: true };
  const fields = first === "-p" || first === "--" ? rest : args;
  const [name] = fields;
  if (fields.length === 0) succeed(call);
  else if (typeof name !== "string" || name.startsWith("-") || name === "exec")
    giveUp(state, scope, node, "runs a command with an unknown name");
  else scope.analysis.evaluator.invoke(state, scope, { node, fields }, true);
}
