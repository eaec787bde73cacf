/** Tools of the system: its network, its kernel, its files and its services. */
import { between } from "../interval.ts";
import { addressesOf } from "./network.ts";
import type { Program, ProgramResult } from "./program.ts";
import {
  AT_ONCE,
  hasOnly,
  optionValue,
  parseOptions,
  program,
  programs,
  seconds,
  unknown,
  type Words,
  within,
  withoutLimit,
} from "./program-result.ts";

/** Words of init systems that stop something. */
const STOPPING = /stop|shutdown|kill|restart|reload|reboot|halt|poweroff|isolate|exit|quit|term/;
const NOTHING_STOPS = /(?!)/;

export const SYSTEM_PROGRAMS: readonly (readonly [string, Program])[] = [
  program("ss", "ss(8), iproute2 6.1", "returns at once, unless it follows events or looks up names", readSs),
  program(
    "netstat",
    "netstat(8), net-tools 2.10; busybox 1.36",
    "with `-n` returns at once; not known without `-n`, because it looks up names; `-c` never ends",
    readNetstat,
  ),
  program(
    "ping",
    "ping(8), iputils 20221126; busybox 1.36",
    "at most N s for an address with `-w N`; at most N - 1 intervals for `-c N` to the local machine; else not known",
    readPing,
  ),
  program(
    "sysctl",
    "sysctl(8), procps-ng 4.0; busybox 1.36",
    "returns at once if it only reads values; not known if it sets a value",
    readSysctl,
  ),
  ...programs(
    ["iptables", "ip6tables"],
    "iptables(8) 1.8.9, option -w",
    "returns at once; at most N s with `-w N`; not known with `-w` alone, or if it looks up names",
    readIptables,
  ),
  program(
    "umount",
    "umount(8), util-linux 2.40, option -l; busybox 1.36",
    "`-l PATH` returns at once; else not known",
    readUmount,
  ),
  ...withoutLimit(["cp", "mv", "sync"], "cp(1), mv(1), sync(1), GNU coreutils 9.5; busybox 1.36", {
    stopping: NOTHING_STOPS,
    summary: "not known: the disk has no time limit",
  }),
  ...withoutLimit(["service", "systemctl"], "service(8), sysvinit 3.06; systemctl(1), systemd 252", {
    stopping: STOPPING,
  }),
];

/** Options that are not listed, such as `-E` and `-r`, are not analysed. A host name after `dst` needs a lookup. */
function readSs(words: Words): ProgramResult {
  const plain = words.every((word) =>
    /^(-[HOnalotuwx46peimsT]+|--(no-header|numeric|all|listening|tcp|udp|processes|summary)|[^-].*)$/.test(
      word ?? "-",
    ),
  );
  const named = /\b(dst|src)\b.*[a-z]/i.test(words.join(" "));
  return plain && !named ? AT_ONCE : unknown("may look up names or never end");
}

function readNetstat(words: Words): ProgramResult {
  const plain = words.every((word) =>
    /^(-[natulpwxeoWsri46]+|--(numeric|all|listening|tcp|udp|programs?|route))$/.test(word ?? ""),
  );
  const numeric = words.some((word) => /^(-\w*n|--numeric$)/.test(word ?? ""));
  return plain && numeric ? AT_ONCE : unknown("may look up names or never end");
}

const LOCAL = /^(localhost|127\.[\d.]+|::1)$/;

/**
 * The local machine answers at once, so ping ends with the last packet. Without permission to send, ping fails at once.
 */
function readPing(words: Words): ProgramResult {
  const parsed = parseOptions(words, new Set(["-c", "-w", "-W", "-i", "-s"]));
  const plain = hasOnly(parsed, /^-[cwWisqn46]$/);
  const [host, ...more] = parsed?.operands ?? [];
  if (parsed === undefined || !plain || more.length > 0 || addressesOf(host) === undefined)
    return unknown("looks up a name, which has no time limit");
  const deadline = seconds(parsed.options.get("-w"));
  if (deadline !== undefined && deadline >= 1)
    return within(between(0, deadline), `takes at most ${deadline} s (-w)`);
  const count = seconds(parsed.options.get("-c"));
  const interval = seconds(parsed.options.get("-i") ?? "1");
  if (!LOCAL.test(host ?? "") || count === undefined || count < 1 || interval === undefined)
    return unknown("has no time limit (-w)");
  const last = (count - 1) * interval;
  return within(between(0, last), `sends its last packet after ${last} s`);
}

function readSysctl(words: Words): ProgramResult {
  const reads = words.every((word) => /^(-[neNqa]+|[a-z][\w./-]*)$/.test(word ?? ""));
  return reads ? AT_ONCE : unknown("sets a value, which has no time limit");
}

/** Host names after `-s` and `-d`, and `-L` without `-n`, need a lookup. */
function readIptables(words: Words): ProgramResult {
  const text = ` ${words.map((word) => word ?? "?").join(" ")} `;
  const named =
    /\s(-s|-d|--source|--destination|--src|--dst)\s+(!\s+)?\S*[^\d./,:\s]/.test(text) ||
    (/\s(-\w*L|--list\s)/.test(text) && !/\s(-\w*n|--numeric\s)/.test(text));
  if (named || words.includes(undefined)) return unknown("may look up names, which has no time limit");
  const wait = /\s(?:-w|--wait)[\s=]*(\d{1,6})?\s/.exec(text);
  if (wait === null) return AT_ONCE;
  if (wait[1] === undefined) return unknown("waits for the lock of iptables without a time limit");
  return within(between(0, Number(wait[1])), `waits at most ${wait[1]} s for the lock of iptables (-w)`);
}

function readUmount(words: Words): ProgramResult {
  const parsed = parseOptions(words, new Set(), false, new Set(["--lazy", "--force"]));
  const lazy = (parsed && optionValue(parsed, "-l", "--lazy")) !== undefined;
  const plain = hasOnly(parsed, /^(-[lfnrdv]|--lazy|--force)$/);
  const paths = parsed?.operands.every((word) => word?.startsWith("/"));
  return lazy && plain && paths === true ? AT_ONCE : unknown("has no time limit");
}
