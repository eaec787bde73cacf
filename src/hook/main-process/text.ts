import type { ShellCall } from "../exec/shell-invocation.ts";
import type { AndOr, If, Pipeline, Statement, SyntaxNode, While } from "../shell/ast.ts";
import { everyNode, readScript } from "../shell/parse.ts";
import type { About } from "./deaf-programs.ts";
import { jobSeconds, mayFailToOpen, simpleCommand } from "./simple-command.ts";
import {
  constant,
  join,
  mayFail,
  newState,
  type Place,
  rest,
  type State,
  silence,
  type Way,
} from "./state.ts";

/** A shell text for which PID 1 ignores the stop signal. PID 1 is the shell, or a program that replaces the shell. */
export interface UnheardText {
  readonly certainty: "sure" | "may-end" | "some-shells";
  readonly endsAfter: number | undefined;
  /** Whether the shell may be PID 1, and the programs that may be PID 1 instead. */
  readonly shellStays: boolean;
  readonly programs: readonly string[];
  /** Whether a trap ignores the signal, so that the programs of the text ignore it, too. */
  readonly ignored: boolean;
  /** The text with an added `exec` or trap, so that the signal is handled; undefined if this needs a larger change. */
  readonly newText: string | undefined;
}

/**
 * Analyses the commands of a shell text in their order. The result is undefined if the signal may be handled, or if a
 * construct is not analysed. Commands in pipelines, in subshells and in the background are left out: they cannot change
 * the shell that waits for them.
 */
export function readText(call: ShellCall, text: string, about: About): UnheardText | undefined {
  const read = readScript(text);
  if (read.kind !== "script" || (read.bashOnly !== undefined && call.dialect === "any")) return undefined;
  if (!everyNode(read.script, isFollowed)) return undefined;
  const state = newState(about, call.dialect);
  if (
    !call.options.every((option) =>
      /^set [-+][eufvxhBE]$|^set [-+]o (errexit|pipefail|nounset|xtrace)$/.test(option),
    )
  )
    return undefined;
  state.errexit = call.options.some((option) => /^set -(e|o errexit)$/.test(option));
  const { commands } = read.script;
  const place = { straight: true, tested: false };
  const before = list(state, commands.slice(0, -1), "fresh", { ...place, last: false });
  const staysEarly = state.rests.includes(Number.POSITIVE_INFINITY);
  const end = list(state, commands.slice(-1), before, { ...place, last: true });
  if (end === "rested") state.ends = true;
  if (state.silent || state.rests.length === 0) return undefined;
  return {
    certainty: state.someShells ? "some-shells" : state.ends ? "may-end" : "sure",
    endsAfter: longest(state),
    shellStays: state.shellStays,
    programs: [...state.programs],
    ignored: state.trap === "ignored",
    newText: staysEarly || state.trap === "ignored" ? undefined : heardText(text, commands, state),
  };
}

/**
 * Commands that are not analysed: they change the shell or the meaning of names, or may end a program that the text
 * waits for.
 */
const UNFOLLOWED =
  /^(\.|source|eval|builtin|alias|unalias|enable|shopt|fg|bg|disown|suspend|kill|pkill|killall5?|skill)$/;

/** Variables that change which programs run, or how. */
const CHANGING = /^(PATH|LD_\w+|BASH_ENV|ENV|IFS|POSIXLY_CORRECT)$/;

function isFollowed(node: SyntaxNode): boolean {
  switch (node.type) {
    case "Function":
    case "Coproc":
    case "Select":
      return false;
    case "Assignment":
      return !CHANGING.test(/^\w*/.exec(node.text)?.[0] ?? "");
    case "Command":
      return node.name === undefined || !UNFOLLOWED.test(constant(node.name) ?? "");
    default:
      return true;
  }
}

/** The time of the longest program in seconds; undefined if the time of a program is not known. */
function longest({ rests }: State): number | undefined {
  const seconds = rests.reduce<number>((most, one) => Math.max(most, one ?? Number.POSITIVE_INFINITY), 0);
  return Number.isFinite(seconds) ? seconds : undefined;
}

function list(state: State, statements: readonly Statement[], before: Way, place: Place): Way {
  let way = before;
  for (const [index, { command, background }] of statements.entries()) {
    if (way === "never") break;
    const last = place.last && index === statements.length - 1;
    if (background) state.jobs.push(jobSeconds(command, state));
    else way = construct(state, command, way, { ...place, last });
  }
  return way;
}

function construct(state: State, node: SyntaxNode, way: Way, place: Place): Way {
  const inside = { ...place, straight: false };
  switch (node.type) {
    case "Command":
      return simpleCommand(state, node, way, place);
    case "AndOr":
      return andOr(state, node, way, place);
    case "Pipeline":
      return pipeline(state, node, way, place);
    case "BraceGroup":
      return list(state, node.body.commands, way, place);
    case "Redirected": {
      const after = construct(state, node.command, way, place);
      return mayFailToOpen(node.redirects) ? mayFail(state, join(way, after), place) : after;
    }
    case "Subshell":
      return program(state, place);
    case "If":
      return condition(state, node, way, inside);
    case "While":
      return loop(state, node, way, inside);
    case "For":
      return join(way, list(state, node.body.commands, way, { ...inside, last: false }));
    case "Case":
      return node.items.map((item) => list(state, item.body.commands, way, inside)).reduce(join, way);
    case "TestCommand":
    case "ArithmeticCommand":
      return mayFail(state, way, place);
    default:
      return silence(state);
  }
}

/** A command of the shell text that runs as a separate process. */
function program(state: State, place: Place): Way {
  if (place.last && !state.anyTrap) {
    if (state.dialect === "bash") return silence(state);
    state.someShells = true;
  }
  return mayFail(state, rest(state, undefined), place);
}

/** An and-or list may end after each of its commands. */
function andOr(state: State, { commands }: AndOr, before: Way, place: Place): Way {
  let way = before;
  let after: Way = "never";
  for (const [index, command] of commands.entries()) {
    const isLast = index === commands.length - 1;
    way = construct(state, command, way, {
      last: place.last && isLast,
      straight: place.straight && index === 0,
      tested: place.tested || !isLast,
    });
    after = join(after, way);
    if (way === "never") break;
  }
  return after;
}

/** The shell waits for all commands of a pipeline, and never replaces itself by one of them. */
function pipeline(state: State, { commands, prefixes }: Pipeline, way: Way, place: Place): Way {
  const [only, ...others] = commands;
  if (only !== undefined && others.length === 0)
    return construct(state, only, way, {
      ...place,
      last: false,
      tested: place.tested || prefixes.length > 0,
    });
  const seconds = jobSeconds(commands.at(-1) ?? { type: "" }, state);
  return mayFail(state, rest(state, seconds === Number.POSITIVE_INFINITY ? seconds : undefined), place);
}

function condition(state: State, node: If, before: Way, place: Place): Way {
  let way = before;
  let after: Way = "never";
  for (const { clause, then } of [node, ...node.elif]) {
    way = list(state, clause.commands, way, { ...place, last: false, tested: true });
    after = join(after, list(state, then.commands, way, place));
  }
  return join(after, node.else === undefined ? way : list(state, node.else.commands, way, place));
}

/** A shell runs a trap between two commands of a loop. */
function loop(state: State, node: While, before: Way, around: Place): Way {
  const place = { ...around, last: false };
  const outer = state.breaks;
  state.breaks = false;
  const endless = isEndless(node);
  if (endless && state.trap === "acts") return silence(state);
  const way = list(state, node.clause.commands, before, { ...place, tested: true });
  list(state, node.body.commands, way === "never" ? way : "rested", place);
  const leaves = !endless || state.breaks;
  state.breaks = outer;
  return rest(state, leaves ? undefined : Number.POSITIVE_INFINITY);
}

/** `while true`, `while :`, `until false`. */
function isEndless({ kind, clause: { commands } }: While): boolean {
  const [only, ...others] = commands;
  const command = only?.command;
  if (command?.type !== "Command" || command.name === undefined || others.length > 0) return false;
  return (kind === "while" ? /^(true|:)$/ : /^false$/).test(constant(command.name) ?? "");
}

function heardText(text: string, statements: readonly Statement[], state: State): string | undefined {
  return state.someShells ? withExec(text, statements) : withTrap(text, statements, state);
}

/** The shell text with `exec` before its last command. */
function withExec(text: string, statements: readonly Statement[]): string | undefined {
  const { command } = statements.at(-1) ?? {};
  const last = command?.type === "AndOr" ? command.commands.at(-1) : command;
  const at = last?.type === "Command" ? last.name?.pos : undefined;
  return at === undefined ? undefined : `${text.slice(0, at)}exec ${text.slice(at)}`;
}

/**
 * The shell text with its last command in the background, and a trap that ends the wait for this command. The result is
 * undefined if the text runs unknown programs, because these are killed when the shell ends.
 */
function withTrap(text: string, statements: readonly Statement[], state: State): string | undefined {
  const { rests, jobs, trap, anyTrap, ends } = state;
  const last = statements.at(-1);
  if (last === undefined || ends || [...rests, ...jobs].includes(undefined) || text.includes("<<"))
    return undefined;
  if (trap !== "acts" && anyTrap) return undefined;
  const { command } = last;
  const waits = command.type === "Command" && command.name?.text === "wait";
  const before = trap === "acts" ? "" : `${trapFor(state.about)}; `;
  return `${before}${text.slice(0, last.end).trim()}${waits ? "" : " & wait"}`;
}

export function trapFor({ signal }: About): string {
  return `trap exit ${signal.name.slice("SIG".length)}`;
}
