/**
 * Redirections and here-documents (POSIX 2.7): the target of output, the source of input, and opens that may fail or
 * block.
 */
import { CANNOT_TELL } from "../../interval.ts";
import { fileWaits } from "../../programs/files.ts";
import { charged, type Scope } from "../analysis.ts";
import type { HereDoc, Redirect, Redirection } from "../ast.ts";
import { branch } from "../domain/join.ts";
import {
  type Input,
  inputOf,
  NO_INPUT,
  type Output,
  type Outputs,
  type State,
  TO_FILE,
  TO_UNKNOWN,
} from "../domain/state.ts";
import type { Maybe, Value } from "../domain/value.ts";
import { spend } from "../effects.ts";
import { expandParts, expandWord } from "../expand/words.ts";

/** `body` runs with the redirections; `failed` runs if a redirection cannot be opened. */
export interface Redirectable {
  readonly body: (state: State) => void;
  readonly failed?: (state: State) => void;
}

export function redirected(
  state: State,
  scope: Scope,
  redirects: readonly Redirection[],
  { body, failed }: Redirectable,
): void {
  if (redirects.length === 0) {
    body(state);
    return;
  }
  const { outputs, input } = state;
  const opens = openAll(state, scope, redirects);
  if (state.unreachable) return;
  const ownInput = state.input !== input;
  const restore = (path: State): void => {
    path.outputs = outputs;
    if (ownInput) path.input = input;
  };
  const runs = (path: State): void => {
    body(path);
    restore(path);
  };
  const fails = (path: State): void => {
    path.status = "failure";
    restore(path);
    failed?.(path);
  };
  if (opens === true) runs(state);
  else if (opens === false) fails(state);
  else branch(state, runs, fails);
}

/** Opens the redirections in order. Returns whether all redirections could be opened. */
export function openAll(state: State, scope: Scope, redirects: readonly Redirection[]): Maybe {
  let all: Maybe = true;
  charged(scope, redirects.length / 2);
  for (const redirect of redirects) {
    const opens = open(state, scope, redirect);
    if (opens === false) return all === true ? false : undefined;
    if (opens === undefined) all = undefined;
  }
  return all;
}

function open(state: State, scope: Scope, redirect: Redirection): Maybe {
  if (redirect.type === "HereDoc") return fromText(state, redirect, hereText(state, scope, redirect));
  const target = redirect.target === undefined ? undefined : expandWord(state, scope, redirect.target);
  if (redirect.type === "HereString")
    return fromText(state, redirect, typeof target === "string" ? `${target}\n` : undefined);
  mayBlock(state, scope, redirect, target);
  const descriptor = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : undefined;
  const { operator } = redirect;
  switch (operator) {
    case "<":
      return openInput(state, scope, descriptor ?? 0, target);
    case "<&":
      return duplicate(state, scope, { operator, to: descriptor ?? 0, target });
    case ">&":
      return duplicate(state, scope, { operator, to: descriptor ?? 1, target });
    case "<>":
      // With `<>`, another process may keep the other end of a pipe open, so reading may wait.
      state.input = (descriptor ?? 0) === 0 ? waiting(scope, "pipe") : state.input;
      return undefined;
    case ">":
    case ">>":
    case ">|":
      return openOutput(state, scope, [descriptor ?? 1], target);
    case "&>":
    case "&>>":
      return openOutput(state, scope, [1, 2], target);
    default:
      operator satisfies never;
      return undefined;
  }
}

function fromText(
  state: State,
  redirect: { readonly descriptor: Redirect["descriptor"] },
  text: string | undefined,
): Maybe {
  const descriptor = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : 0;
  if (descriptor === 0) state.input = inputOf("text", text);
  return true;
}

function hereText(state: State, scope: Scope, doc: HereDoc): string | undefined {
  const raw = doc.body.parts === undefined ? doc.body.text : expandParts(state, scope, doc.body.parts);
  if (typeof raw !== "string") return undefined;
  return doc.operator === "<<-" ? raw.replace(/^\t+/gm, "") : raw;
}

function openInput(state: State, scope: Scope, descriptor: number, target: Value): Maybe {
  const empty = target === "/dev/null";
  if (descriptor === 0 && target !== "/dev/stdin") {
    const plain = typeof target === "string" && !scope.analysis.hook.pipesMayBe && !fileWaits(target);
    state.input = empty ? NO_INPUT : plain ? inputOf("file", undefined) : waiting(scope, "file");
  }
  return empty ? true : undefined;
}

/** An input whose writers may take any time. In the known run (`HookReading.known`), the writers take no time. */
function waiting({ analysis }: Scope, kind: Input["kind"]): Input {
  const delay = analysis.reads === "bounds" ? Number.POSITIVE_INFINITY : 0;
  return { ...inputOf(kind, undefined), delay };
}

function openOutput(state: State, scope: Scope, descriptors: readonly number[], target: Value): Maybe {
  const output = outputFor(state.outputs, target);
  const outputs = new Map(state.outputs);
  for (const descriptor of descriptors) outputs.set(descriptor, output);
  state.outputs = outputs;
  if (typeof target !== "string") return undefined;
  if (target === "" || target.endsWith("/")) return false;
  // A user other than root cannot create files in /dev, so only these files in /dev can certainly be opened.
  if (target.startsWith("/dev/")) return /^\/dev\/(null|zero|stdout|stderr)$/.test(target) ? true : undefined;
  scope.analysis.hook.assumptions.add("output-can-be-opened");
  return true;
}

function outputFor(outputs: Outputs, target: Value): Output {
  if (typeof target !== "string") return TO_UNKNOWN;
  const own = /^\/(?:dev|proc\/self)\/(?:fd\/(\d)|std(out|err))$/.exec(target);
  if (own === null) return TO_FILE;
  const descriptor = own[1] === undefined ? (own[2] === "out" ? 1 : 2) : Number(own[1]);
  return outputs.get(descriptor) ?? TO_UNKNOWN;
}

interface Duplication {
  readonly operator: "<&" | ">&";
  readonly to: number;
  readonly target: Value;
}

function duplicate(state: State, scope: Scope, { operator, to, target }: Duplication): Maybe {
  if (target === "-") {
    closeDescriptor(state, to);
    return true;
  }
  if (typeof target !== "string" || !/^\d$/.test(target)) {
    // Only `>&FILE` and `1>&FILE` open a file (bash(1) "Redirecting Standard Output and Standard Error"). Another
    // target of `>&` that is not a digit is an error.
    if (operator === ">&" && to === 1) return openOutput(state, scope, [1, 2], target);
    return typeof target === "string" ? false : undefined;
  }
  if (to === 0) {
    // In `<&3`, the source of descriptor 3 is not analysed: it may be a pipe, or the input of the hook.
    state.input = target === "0" ? state.input : waiting(scope, "pipe");
    return undefined;
  }
  const from = state.outputs.get(Number(target));
  // If the script captures standard error, too, the captured text is not known: the table of programs has only standard
  // output.
  if (from?.kind === "capture" && to === 2 && state.written.has(from))
    state.written = new Map(state.written).set(from, undefined);
  state.outputs = new Map(state.outputs).set(to, from ?? TO_UNKNOWN);
  return from === undefined ? undefined : true;
}

function closeDescriptor(state: State, descriptor: number): void {
  const outputs = new Map(state.outputs);
  outputs.delete(descriptor);
  state.outputs = outputs;
  if (descriptor === 0) state.input = NO_INPUT;
}

/** The targets of output, as far as the text of the redirections shows them. */
export function outputsWith(outputs: Outputs, redirects: readonly Redirection[]): Outputs {
  const after = new Map(outputs);
  for (const redirect of redirects)
    if (redirect.type === "Redirect" && !redirect.operator.startsWith("<")) redirectOutput(after, redirect);
  return after;
}

function redirectOutput(outputs: Map<number, Output>, { operator, descriptor, target }: Redirect): void {
  const own = descriptor?.type === "FileDescriptor" ? descriptor.value : 1;
  const text = target?.parts === undefined ? target?.value : undefined;
  const duplicates = operator === ">&" && /^[\d-]$/.test(text ?? "");
  const both = operator.startsWith("&>") || (operator === ">&" && !duplicates);
  const to = duplicates ? outputs.get(Number(text)) : outputFor(outputs, text);
  if (to === undefined) outputs.delete(own);
  else for (const each of both ? [1, 2] : [own]) outputs.set(each, to);
}

/** Opening a named pipe, or a network path of bash (`/dev/tcp`), may wait for the other side. */
function waitsToOpen({ analysis }: Scope, { operator }: Redirect, target: Value): boolean {
  if (typeof target === "string" && /^\/dev\/(tcp|udp)\/|fifo|pipe/i.test(target)) return true;
  const opens = !/^(<|>)&$|^<>$/.test(operator);
  return opens && analysis.hook.pipesMayBe && !/^\/dev\/(null|std(out|err))$/.test(String(target));
}

/** Whether opening the redirections may wait, judged by the text of the redirections. */
export function mayWaitToOpen(scope: Scope, redirects: readonly Redirection[]): boolean {
  return redirects.some(
    (one) =>
      one.type === "Redirect" &&
      (one.target?.parts !== undefined || waitsToOpen(scope, one, one.target?.value)),
  );
}

function mayBlock(state: State, scope: Scope, redirect: Redirect, target: Value): void {
  if (!waitsToOpen(scope, redirect, target)) return;
  spend(state, scope, redirect, {
    seconds: CANNOT_TELL,
    because: { clause: "may block until another process opens the file, too" },
  });
}
