/** Builtins that only bash has (bash(1) 5.2). */

import { loseTrack } from "../analysis.ts";
import { consume, UNSET, withOrphans } from "../domain/state.ts";
import { assign } from "../domain/variables.ts";
import { assignTo, invoke } from "../eval/simple.ts";
import { lost, succeed } from "./flow.ts";
import type { Builtin, Call } from "./registry.ts";
import { local } from "./state.ts";

export const BASH_ONLY: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["declare", declare],
  ["typeset", declare],
  ["let", letBuiltin],
  ["shopt", shopt],
  ["builtin", builtin],
  ["mapfile", mapfile],
  ["readarray", mapfile],
  ["source", lost("runs a file that cannot be read here")],
  ["enable", lost("changes what commands mean")],
  ["suspend", lost("stops the shell")],
  ["disown", disown],
  // Aliases are not expanded in a shell that is not interactive.
  ["alias", succeed],
  ["pushd", lost("is not followed")],
  ["popd", lost("is not followed")],
  ["caller", lost("is not followed")],
  ["coproc", lost("is not followed")],
]);

/** Options that only mark a variable; the others change what later assignments mean. */
const PLAIN_OPTIONS = /^-[axg]+$/;

function declare(call: Call): void {
  const { run, shell, at, args, command } = call;
  const options = args.filter((arg) => typeof arg === "string" && arg.startsWith("-"));
  const names = args.filter((arg) => !options.includes(arg));
  const plain =
    options.every((option) => PLAIN_OPTIONS.test(option as string)) &&
    names.every((name) => typeof name === "string" && /^[A-Za-z_]\w*$/.test(name));
  if (!plain) {
    loseTrack(run, shell, at, command.node.pos, command.text, "declares something that is not followed");
    return;
  }
  if (at.returns !== undefined && !options.some((option) => (option as string).includes("g"))) {
    local({ ...call, args: names });
    return;
  }
  for (const arg of command.node.args) if (arg.type === "Assignment") assignTo(run, shell, at, arg);
  for (const name of names)
    if (!shell.vars.has(name as string))
      assign(shell, name as string, options.includes("-a") ? UNSET : undefined);
  shell.status = 0;
}

/** `let "x=1"` is `((x=1))`. */
function letBuiltin(call: Call): void {
  const { run, shell, at, args, command } = call;
  const origin = at.origin ?? { text: command.text, offset: command.node.pos };
  if (args.length === 0) shell.status = 1;
  const assigned = command.node.args.filter((arg) => arg.type === "Assignment").map((arg) => arg.text);
  for (const arg of [...args, ...assigned]) {
    if (shell.over) return;
    if (typeof arg !== "string" || !/^[\w+\-*/%=<>!&|() ]+$/.test(arg)) {
      lost("computes something that is not known here")(call);
      return;
    }
    run.mind.evalText(run, shell, { ...at, origin, tested: true }, `((${arg}))`);
  }
}

function shopt(call: Call): void {
  const { shell, args } = call;
  const [flag, ...names] = args;
  shell.status = 0;
  if (flag !== "-s" && flag !== "-u") {
    lost("sets an option that is not followed")(call);
    return;
  }
  for (const name of names) {
    if (name === "inherit_errexit") shell.options = { ...shell.options, inheritErrexit: flag === "-s" };
    else if (name !== "nullglob" && name !== "dotglob" && name !== "globstar") {
      lost("sets an option that is not followed")(call);
      return;
    }
  }
}

function builtin(call: Call): void {
  const [name] = call.args;
  if (typeof name !== "string") {
    lost("runs a command whose name is not known here")(call);
    return;
  }
  invoke(call.run, call.shell, call.at, { ...call.command, fields: call.args }, true);
}

/** `mapfile -t list`: the lines of the input. */
function mapfile(call: Call): void {
  const { shell, args } = call;
  const [flag, name] = args;
  const { text } = shell.input;
  if (typeof name !== "string" || args.length !== 2 || flag !== "-t" || shell.input.kind === "hook") {
    lost("reads into a variable that is not followed")(call);
    return;
  }
  const lines = text === undefined ? undefined : text.replace(/\n$/, "").split("\n");
  assign(shell, name, text === "" ? [] : lines);
  consume(shell, text === undefined ? undefined : "", true);
  shell.status = 0;
}

/** `wait` no longer waits for them. */
function disown(call: Call): void {
  const { shell } = call;
  shell.orphans = withOrphans(shell.orphans, shell.jobs);
  shell.jobs = shell.jobs.map((job) => ({ ...job, end: { min: 0, max: job.end.max }, status: undefined }));
  shell.status = undefined;
}
