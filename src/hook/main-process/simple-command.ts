import { baseName } from "../exec/shell-invocation.ts";
import type { Words } from "../programs/program-result.ts";
import type { Command, Redirection } from "../shell/ast.ts";
import { isSpecial } from "../shell/builtins/builtin.ts";
import { everyNode, readScript } from "../shell/parse.ts";
import { CALL, type DeafProgram, deafProgram } from "./deaf-programs.ts";
import {
  constant,
  join,
  mayFail,
  mayWake,
  opensNothing,
  type Place,
  rest,
  type State,
  silence,
  type Way,
} from "./state.ts";

/** A command in the foreground. */
export function simpleCommand(state: State, node: Command, before: Way, place: Place): Way {
  const way = substitutes(node) ? rest(state, undefined) : before;
  if (node.name === undefined) return mayFail(state, way, place);
  const name = constant(node.name);
  if (name === undefined) return silence(state);
  const words = argumentsOf(node);
  const run = (where: Place): Way =>
    BUILTINS.get(name)?.(state, words, way, where) ?? externalProgram(state, [name, ...words], way, where);
  if (!mayFailToOpen(node.redirects)) return run(place);
  // dash ends if it cannot redirect a special builtin.
  if (isSpecial(name) && way === "rested") state.ends = true;
  return mayFail(state, join(way, run({ ...place, straight: false })), place);
}

/** Whether a redirection may fail, so that its command does not run. */
export function mayFailToOpen(redirects: readonly Redirection[]): boolean {
  return redirects.some((one) => one.type === "Redirect" && !opensNothing(one));
}

/** How long a command in the background runs: Infinity if it never ends, undefined if its time is not known. */
export function jobSeconds(node: { readonly type: string }, state: State): number | undefined {
  if (node.type !== "Command") return undefined;
  const command = node as Command;
  const name = command.name && constant(command.name);
  if (name === undefined || mayFailToOpen(command.redirects)) return undefined;
  return deafProgram([name, ...argumentsOf(command)], state.about)?.seconds;
}

function argumentsOf({ args }: Command): Words {
  return args.map((arg) => (arg.type === "Word" ? constant(arg) : arg.text));
}

function substitutes(node: Command): boolean {
  return !everyNode(node, ({ type }) => type !== "CommandExpansion" && type !== "ProcessSubstitution");
}

type Builtin = (state: State, words: Words, way: Way, place: Place) => Way;

const atOnce: Builtin = (_state, _words, way) => way;
const mayFailAtOnce: Builtin = (state, _words, way, place) => mayFail(state, way, place);

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ...[":", "true", "echo", "printf", "export", "readonly", "local", "umask"].map(
    (name): [string, Builtin] => [name, atOnce],
  ),
  ...["false", "cd", "test", "[", "pwd", "unset", "shift", "hash", "type", "times", "ulimit", "getopts"].map(
    (name): [string, Builtin] => [name, mayFailAtOnce],
  ),
  [
    "command",
    (state, words, way, place) =>
      /^-[vV]$/.test(words[0] ?? "") ? mayFail(state, way, place) : silence(state),
  ],
  ["exec", exec],
  ["exit", leave],
  ["return", leave],
  [
    "break",
    (state) => {
      state.breaks = true;
      return "never";
    },
  ],
  ["continue", () => "never"],
  ["wait", wait],
  // A signal with a trap may end `read`.
  ["read", (state) => (mayWake(state) ? silence(state) : rest(state, undefined))],
  ["set", set],
  ["trap", trap],
]);

function exec(state: State, words: Words, way: Way, { straight }: Place): Way {
  const [name] = words;
  if (words.length === 0) return way;
  const deaf = deafProgram(words, state.about);
  if (name === undefined || deaf === undefined) return silence(state);
  state.programs.add(baseName(name));
  if (straight) state.shellStays = false;
  if (rest(state, deaf.seconds) === "rested") state.ends = true;
  return "never";
}

function leave(state: State, _words: Words, way: Way): Way {
  if (way === "rested") state.ends = true;
  return "never";
}

/** A signal with a trap ends `wait`. Without a trap, `wait` lasts as long as the jobs that it waits for. */
function wait(state: State, words: Words, way: Way): Way {
  const { jobs } = state;
  if (jobs.length === 0) return way;
  if (mayWake(state)) return silence(state);
  const endless = jobs.every((seconds) => seconds === Number.POSITIVE_INFINITY);
  const all = words.length === 0 || (words.length === 1 && jobs.length === 1 && words[0] !== "-n");
  return rest(state, endless && all ? Number.POSITIVE_INFINITY : undefined);
}

const FOLLOWED_OPTIONS = /^(errexit|nounset|xtrace|verbose|pipefail|noglob)$/;

/** `set -eu`, `set -o errexit`. If errexit may be on, the analysis assumes that it is on. */
function set(state: State, words: Words, way: Way): Way {
  for (const [index, word] of words.entries()) {
    if (word === "--") return way;
    const isName = /^[-+][eufvxhBE]*o$/.test(words[index - 1] ?? "");
    if (word === undefined || !(isName ? FOLLOWED_OPTIONS : /^[-+][eufvxhBE]+o?$|^[-+]o$/).test(word))
      return silence(state);
    if (isName ? word === "errexit" : /^-\w*e/.test(word)) state.errexit = true;
  }
  return way;
}

/**
 * A program that the shell runs and waits for. If the program is the last command and no signal has a trap, bash and
 * busybox may replace themselves by the program. dash 0.5.12 does not replace itself.
 */
function externalProgram(state: State, argv: Words, way: Way, place: Place): Way {
  const [path = "", ...args] = argv;
  const replaces = place.last && !state.anyTrap;
  const deaf = deafProgram(argv, state.about);
  if (deaf !== undefined) {
    if (replaces) state.programs.add(baseName(path));
    return mayFail(state, path === "sleep" ? sleep(state, deaf) : rest(state, deaf.seconds), place);
  }
  const { programs, input } = state.about;
  const call = { ...CALL, wordsVary: args.includes(undefined) };
  const result = programs.get(baseName(path))?.read(args, call);
  const returns = result?.seconds.max === 0 && (result.readsInput === undefined || input === "none");
  if (returns) return result.status === "success" ? way : mayFail(state, way, place);
  if (replaces && state.dialect === "bash") return silence(state);
  if (replaces) state.someShells = true;
  return mayFail(state, rest(state, undefined), place);
}

/**
 * In newer busybox, `sleep` is a builtin of ash (coreutils/sleep.c, ASH_SLEEP). A signal with a trap may end the
 * builtin.
 */
function sleep(state: State, { seconds }: DeafProgram): Way {
  const mayEnd = state.dialect === "any" && mayWake(state);
  if (mayEnd && state.trap === "acts") return silence(state);
  return rest(state, mayEnd ? undefined : seconds);
}

/** `trap ACTION SIGNAL...` */
export function trap(state: State, words: Words, way: Way, { straight }: Place): Way {
  const [action, ...names] = words[0] === "--" ? words.slice(1) : words;
  const signals = names.map((name) => name?.toUpperCase().replace(/^SIG(?=.)/, ""));
  // bash also runs an EXIT trap on signals. `trap SIGNAL` and `trap -p` are not analysed.
  if (!straight || signals.length === 0 || !signals.every((name) => PLAIN_SIGNAL.test(name ?? "")))
    return silence(state);
  const { name, number } = state.about.signal;
  const ours = signals.some((one) => `SIG${one}` === name || one === `${number}`);
  if (action === "-") return state.anyTrap ? silence(state) : way;
  if (action !== "") state.anyTrap = true;
  if (ours) state.trap = action === "" ? "ignored" : endsNothing(action) ? "stays" : "acts";
  return way;
}

const PLAIN_SIGNAL = /^(HUP|INT|QUIT|USR[12]|PIPE|ALRM|TERM|CHLD|CONT|WINCH|[1-9]|1[0-578]|28)$/;

const HARMLESS = new Set([":", "true", "echo", "printf"]);

/** Whether the action of a trap only prints, so that the shell continues after the action. */
function endsNothing(action: string | undefined): boolean {
  if (action === undefined) return false;
  const read = readScript(action);
  return (
    read.kind === "script" &&
    read.script.commands.every(
      ({ command }) =>
        command.type === "Command" &&
        command.name !== undefined &&
        HARMLESS.has(constant(command.name) ?? ""),
    )
  );
}
