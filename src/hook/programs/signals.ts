/** Programs that send a signal, perhaps to the main process, and return. */
import type { Program, ProgramResult } from "./program.ts";
import { AT_ONCE, program, programs, unknown, type Words } from "./program-result.ts";

export const SIGNAL_PROGRAMS: readonly (readonly [string, Program])[] = [
  program("kill", "kill(1), util-linux 2.40, procps-ng 4.0; busybox 1.36", "returns at once", (words) =>
    signals(words, /^-[lL]$/, /^-[sn]$/),
  ),
  program("pkill", "pkill(1), procps-ng 4.0; busybox 1.36", "returns at once", (words) =>
    signals(words, /^-[fxnoecvPuUgGtsl]+$/, /^--signal$/),
  ),
  ...programs(
    ["killall", "killall5"],
    "killall(1), psmisc 23.7; busybox 1.36",
    "returns at once; with `-w` until all signalled processes have ended",
    (words) =>
      words.some((word) => word === undefined || /^(-\w*w|--wait)/.test(word))
        ? unknown("waits until all signalled processes have ended", true)
        : signals(words, /^-[eIlqrgvouyzn]+$/, /^-s$/),
  ),
  ...programs(
    ["nginx", "openresty"],
    "nginx(8) 1.26, option -s; OpenResty 1.25 has the same option",
    "`-s SIGNAL` returns at once; not known otherwise",
    readNginx,
  ),
  ...programs(
    ["apachectl", "apache2ctl", "httpd", "apache2"],
    "apachectl(8), httpd(8), Apache HTTP Server 2.4, option -k",
    "`-k stop`, `-k graceful-stop`, `-k restart`, `-k graceful` return at once",
    readApache,
  ),
  program("haproxy", "haproxy(1) 2.8", "not known", () => unknown("takes an unknown time", true)),
];

/** Signals that never suspend a process. A suspended process never ends, and its parent may wait for it forever. */
const NO_STOP =
  /^(SIG)?(HUP|INT|QUIT|ILL|TRAP|ABRT|FPE|KILL|USR[12]|SEGV|PIPE|ALRM|TERM|CHLD|CONT|WINCH|EXIT|[0-9]|1[0-58]|28)$/i;

/** False for a signal that may suspend its receiver: STOP, TSTP, TTIN, TTOU or an unknown signal. */
export function neverSuspends(signal: string): boolean {
  return NO_STOP.test(signal);
}

/**
 * Signal 0 only tests whether the process exists. Every option must be known, because a signal such as `-STOP` can be
 * in many places.
 */
function signals(words: Words, plain: RegExp, valued: RegExp): ProgramResult {
  for (const [i, word] of words.entries()) {
    if (word === undefined || !/^-./.test(word) || word === "--" || plain.test(word)) continue;
    const [name, glued] = word.split("=", 2) as [string, string?];
    const signal = valued.test(name) ? (glued ?? words[i + 1]) : word.slice(1);
    const group = i > 0 && /^-\d+$/.test(word);
    if (!group && (signal === undefined || !neverSuspends(signal)))
      return unknown("may stop a process that the hook waits for", true);
  }
  const asks =
    words[0] === "-0" || (words[0] === "-s" && words[1] === "0") || words[0] === "-l" || words[0] === "-L";
  return { ...AT_ONCE, mayStopMain: !asks, output: asks ? undefined : "" };
}

/** `-s quit`: the signal goes to the master, and the command does not wait for the workers. */
function readNginx(words: Words): ProgramResult {
  const at = words.indexOf("-s");
  const signal = at < 0 ? undefined : words[at + 1];
  if (signal === "quit" || signal === "stop") return { ...AT_ONCE, mayStopMain: true };
  if (signal === "reload" || signal === "reopen") return AT_ONCE;
  if (words.some((word) => word === "-t" || word === "-T" || word === "-v" || word === "-V")) return AT_ONCE;
  return unknown("takes an unknown time", true);
}

function readApache(words: Words): ProgramResult {
  const action = words.find(
    (word) => word !== undefined && /^(stop|graceful-stop|restart|graceful)$/.test(word),
  );
  const plain = words.every((word) => word === "-k" || word === action);
  if (!plain || action === undefined) return unknown("takes an unknown time", true);
  return { ...AT_ONCE, mayStopMain: action.endsWith("stop") };
}
