/** Redirections and here-documents (POSIX 2.7): where output goes, what is read, and what may fail or block in opening. */
import { plus } from "../../interval.ts";
import { fileWaits } from "../../programs/files.ts";
import { addPart, charged, type Place, type Run } from "../analysis.ts";
import {
  type Input,
  inputOf,
  NO_INPUT,
  type Output,
  type Outputs,
  type Shell,
  TO_FILE,
  TO_UNKNOWN,
} from "../domain/state.ts";
import { isPid, type Maybe, type Value } from "../domain/value.ts";
import { partsValue, wordValue } from "../expand/words.ts";
import type { HereDoc, Redirect, Redirection } from "../parse.ts";
import { bothWays, pipeInput } from "./subshells.ts";

/** Runs `body` with the redirections in force; where one may not open, also the way on which `body` does not run. */
export function redirected(
  run: Run,
  shell: Shell,
  at: Place,
  redirects: readonly Redirection[],
  body: (shell: Shell) => void,
  failed: (shell: Shell) => void = () => {},
): void {
  if (redirects.length === 0) {
    body(shell);
    return;
  }
  const { outputs, input } = shell;
  const opens = openAll(run, shell, at, redirects);
  if (shell.over) return;
  const ownInput = shell.input !== input;
  const restore = (way: Shell): void => {
    way.outputs = outputs;
    if (ownInput) way.input = input;
  };
  const runs = (way: Shell): void => {
    body(way);
    restore(way);
  };
  const fails = (way: Shell): void => {
    way.status = "failure";
    restore(way);
    failed(way);
  };
  if (opens === true) runs(shell);
  else if (opens === false) fails(shell);
  else bothWays(shell, runs, fails);
}

/** Opens one after the other; the answer is whether all open. */
export function openAll(run: Run, shell: Shell, at: Place, redirects: readonly Redirection[]): Maybe {
  let all: Maybe = true;
  charged(run, redirects.length / 2);
  for (const redirect of redirects) {
    const opens = open(run, shell, at, redirect);
    if (opens === false) return all === true ? false : undefined;
    if (opens === undefined) all = undefined;
  }
  return all;
}

function open(run: Run, shell: Shell, at: Place, redirect: Redirection): Maybe {
  if (redirect.type === "HereDoc") return fromText(shell, redirect, hereText(run, shell, at, redirect));
  if (redirect.type === "HereString") {
    const value = redirect.target === undefined ? undefined : wordValue(run, shell, at, redirect.target);
    return fromText(shell, redirect, typeof value === "string" ? `${value}\n` : undefined);
  }
  const target = redirect.target === undefined ? undefined : wordValue(run, shell, at, redirect.target);
  mayBlock(run, shell, at, redirect, target);
  const descriptor = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : undefined;
  switch (redirect.operator) {
    case "<":
      return openInput(run, shell, descriptor ?? 0, target);
    case "<&":
    case ">&":
      return duplicate(run, shell, redirect.operator, descriptor, target);
    case "<>":
      // Somebody may hold the other end of it: reading waits.
      shell.input = (descriptor ?? 0) === 0 ? waiting("pipe") : shell.input;
      return undefined;
    case ">":
    case ">>":
    case ">|":
      return openOutput(run, shell, [descriptor ?? 1], target);
    case "&>":
    case "&>>":
      return openOutput(run, shell, [1, 2], target);
  }
}

function fromText(
  shell: Shell,
  redirect: { descriptor: Redirect["descriptor"] },
  text: string | undefined,
): Maybe {
  const descriptor = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : 0;
  if (descriptor === 0) shell.input = inputOf("text", text);
  return true;
}

function hereText(run: Run, shell: Shell, at: Place, doc: HereDoc): string | undefined {
  const raw = doc.body.parts === undefined ? doc.body.text : partsValue(run, shell, at, doc.body.parts);
  if (typeof raw !== "string") return undefined;
  return doc.operator === "<<-" ? raw.replace(/^\t+/gm, "") : raw;
}

function openInput(run: Run, shell: Shell, descriptor: number, target: Value): Maybe {
  const written = isPid(target) ? run.substitutions.get(target.pid) : undefined;
  const input =
    target === "/dev/null"
      ? NO_INPUT
      : written === undefined
        ? typeof target === "string" && !run.hook.pipesMayBe && !fileWaits(target)
          ? inputOf("file", undefined)
          : waiting("file")
        : pipeInput(written.text, written.start, written.closed);
  if (descriptor === 0) shell.input = target === "/dev/stdin" ? shell.input : input;
  return target === "/dev/null" || written !== undefined ? true : undefined;
}

/** An input whose writers may take any time. */
function waiting(kind: Input["kind"]): Input {
  return { ...inputOf(kind, undefined), delay: Number.POSITIVE_INFINITY };
}

function openOutput(run: Run, shell: Shell, descriptors: readonly number[], target: Value): Maybe {
  const output = outputFor(shell.outputs, target);
  const outputs = new Map(shell.outputs);
  for (const descriptor of descriptors) outputs.set(descriptor, output);
  shell.outputs = outputs;
  if (typeof target !== "string") return isPid(target) ? true : undefined;
  if (target === "" || target.endsWith("/")) return false;
  // In /dev only these can be written to for sure: who is not root makes no new files there.
  if (target.startsWith("/dev/") && !/^\/dev\/(null|zero|stdout|stderr)$/.test(target)) return undefined;
  if (!target.startsWith("/dev/")) run.hook.assumptions.add("output-can-be-opened");
  return true;
}

function outputFor(outputs: Outputs, target: Value): Output {
  if (isPid(target)) return { kind: "file", fragile: true };
  if (typeof target !== "string") return TO_UNKNOWN;
  const own = /^\/(?:dev|proc\/self)\/(?:fd\/(\d)|std(out|err))$/.exec(target);
  if (own === null) return TO_FILE;
  return outputs.get(own[1] === undefined ? (own[2] === "out" ? 1 : 2) : Number(own[1])) ?? TO_UNKNOWN;
}

function duplicate(
  run: Run,
  shell: Shell,
  operator: "<&" | ">&",
  descriptor: number | undefined,
  target: Value,
): Maybe {
  const to = descriptor ?? (operator === "<&" ? 0 : 1);
  if (target === "-") {
    const outputs = new Map(shell.outputs);
    outputs.delete(to);
    shell.outputs = outputs;
    if (to === 0) shell.input = NO_INPUT;
    return true;
  }
  if (typeof target !== "string" || !/^\d$/.test(target)) {
    // Only `>&file`, without a descriptor or with 1, opens a file (bash(1) "Redirecting Standard Output and Standard
    // Error"); anything else that is no digit is an error.
    const opens = operator === ">&" && to === 1;
    return opens ? openOutput(run, shell, [1, 2], target) : typeof target === "string" ? false : undefined;
  }
  if (to === 0) {
    // What the other descriptor leads to is not followed: a pipe, or the input of the hook.
    shell.input = target === "0" ? shell.input : waiting("pipe");
    return undefined;
  }
  const from = shell.outputs.get(Number(target));
  // Two streams in one capture: what programs say on the second is not known.
  if (from?.kind === "capture" && to === 2 && shell.written.has(from))
    shell.written = new Map(shell.written).set(from, undefined);
  shell.outputs = new Map(shell.outputs).set(to, from ?? TO_UNKNOWN);
  return from === undefined ? undefined : true;
}

/** Where output will go, from the text of the redirections alone. */
export function outputsWith(outputs: Outputs, redirects: readonly Redirection[]): Outputs {
  const after = new Map(outputs);
  for (const redirect of redirects) {
    if (redirect.type !== "Redirect" || redirect.operator.startsWith("<")) continue;
    const descriptor = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : 1;
    const target = redirect.target?.parts === undefined ? redirect.target?.value : undefined;
    const both =
      redirect.operator.startsWith("&>") || (redirect.operator === ">&" && !/^[\d-]$/.test(target ?? ""));
    const to = redirect.operator === ">&" && !both ? after.get(Number(target)) : outputFor(after, target);
    if (to === undefined) after.delete(descriptor);
    else for (const each of both ? [1, 2] : [descriptor]) after.set(each, to);
  }
  return after;
}

/** A network path of bash, a named pipe: opening one can wait for the other side. */
function mayBlock(run: Run, shell: Shell, at: Place, redirect: Redirect, target: Value): void {
  const named = typeof target === "string" && /^\/dev\/(tcp|udp)\/|fifo|pipe/i.test(target);
  const opens = !/^(<|>)&$|^<>$/.test(redirect.operator) && !isPid(target);
  const other = opens && run.hook.pipesMayBe && !/^\/dev\/(null|std(out|err))$/.test(String(target));
  if (!named && !other) return;
  const clause = "may wait for the other side when it is opened";
  const unknown = { min: 0, max: Number.POSITIVE_INFINITY };
  const text = typeof target === "string" ? target : redirect.operator;
  run.unknownBecause ??= { command: text, clause };
  addPart(shell, at, { offset: redirect.pos, text, seconds: unknown, because: { clause } });
  shell.now = plus(shell.now, unknown);
}
