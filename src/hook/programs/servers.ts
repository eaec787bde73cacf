/** Tools of servers that take a time limit on the command line. The time of tools without a limit is unknown; only some are here. */
import { between } from "../interval.ts";
import type { Program, ProgramResult } from "./program.ts";
import {
  AT_ONCE,
  optionValue,
  parseOptions,
  program,
  seconds,
  unknown,
  type Words,
  within,
  withoutLimit,
} from "./program-result.ts";

export const SERVER_PROGRAMS: readonly (readonly [string, Program])[] = [
  program(
    "pg_ctl",
    "pg_ctl(1), PostgreSQL 17",
    "`stop -t N` at most N s; without -t not known, as PGCTLTIMEOUT counts; `-W`, `reload`, `kill` return at once",
    readPgCtl,
  ),
  program(
    "kong",
    "Kong Gateway 3.4 CLI reference, `kong quit`",
    "`quit`: --wait (0) before, then at most --timeout (10)",
    readKong,
  ),
  program(
    "envoy-gateway",
    "Envoy Gateway 1.1, `envoy shutdown`",
    "`envoy shutdown`: between --min-drain-duration and --drain-timeout",
    readEnvoyGateway,
  ),
  program(
    "rabbitmq-upgrade",
    "rabbitmq-upgrade(8) 3.13",
    "its waiting commands at most `-t N`",
    readRabbitUpgrade,
  ),
  ...withoutLimit(
    ["rabbitmqctl", "rabbitmq-diagnostics"],
    "rabbitmqctl(8) 3.13: not every command heeds `-t`",
    {
      summary: "not known",
      because: "has no limit that every command heeds",
      stopping: /stop|shutdown/,
    },
  ),
  ...withoutLimit(["nodetool"], "Apache Cassandra 4.1, nodetool", {
    summary: "not known; only `stopdaemon` ends the server",
    because: "takes a time that is not known",
    stopping: /^stopdaemon$/,
  }),
  ...withoutLimit(["redis-cli"], "redis-cli, Redis 7.2", {
    summary: "not known",
    because: "takes a time that is not known",
    stopping: /shutdown|failover|debug/i,
  }),
  ...withoutLimit(["consul", "nomad", "vault"], "Consul 1.18, Nomad 1.7, Vault 1.16 command reference", {
    summary: "not known",
    because: "has no limit on how long it takes",
    stopping: /leave|drain|step-down|stop|seal/,
  }),
];

function readPgCtl(words: Words): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["-D", "-t", "-m", "-o", "-l", "-p", "--pgdata", "--timeout", "--mode", "--log"]),
    false,
    new Set(["--wait", "--no-wait", "--silent"]),
  );
  const action = parsed?.operands[0];
  if (parsed === undefined || words.includes(undefined)) return unknown("has no limit that is known", true);
  if (action === "reload" || action === "logrotate" || action === "kill")
    return { ...AT_ONCE, mayStopMain: action === "kill" };
  const stops = action === "stop" || action === "restart";
  const waits = [...parsed.options.keys()].filter((name) => /^(-[wW]|--(no-)?wait)$/.test(name)).at(-1);
  if (waits === "-W" || waits === "--no-wait") return { ...AT_ONCE, mayStopMain: stops };
  const limit = seconds(optionValue(parsed, "-t", "--timeout"));
  if (limit === undefined || action !== "stop")
    return unknown("waits for a time that PGCTLTIMEOUT can change", stops);
  return within(between(0, limit), `waits at most ${limit} s (-t)`, true);
}

function readKong(words: Words): ProgramResult {
  const parsed = parseOptions(
    words.slice(1),
    new Set(["-t", "-w", "-p", "-c", "--timeout", "--wait", "--prefix", "--conf"]),
  );
  if (words[0] !== "quit" || parsed === undefined || words.includes(undefined))
    return unknown("takes a time that is not known", true);
  const wait = seconds(optionValue(parsed, "--wait", "-w") ?? "0");
  const limit = seconds(optionValue(parsed, "--timeout", "-t") ?? "10");
  if (wait === undefined || limit === undefined) return unknown("has a limit that is not known", true);
  const reading = within(
    between(wait, wait + limit),
    `waits ${wait} s, then at most ${limit} s for its workers`,
    true,
  );
  return { ...reading, stopsMainAfter: wait };
}

/** Go durations of one unit: `30s`, `2m`. */
function goSeconds(text: string | true | undefined): number | undefined {
  const match = typeof text === "string" ? /^(\d{1,6})(s|m|h)$/.exec(text) : null;
  return match === null
    ? undefined
    : Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as "s" | "m" | "h"];
}

function readEnvoyGateway(words: Words): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["--drain-timeout", "--min-drain-duration", "--ready-timeout", "--exit-at-connections"]),
  );
  const last = goSeconds(parsed?.options.get("--drain-timeout"));
  const first = goSeconds(parsed?.options.get("--min-drain-duration"));
  const isShutdown = words[0] === "envoy" && words[1] === "shutdown" && !words.includes(undefined);
  if (!isShutdown || last === undefined || first === undefined)
    return unknown("drains for a time that is not known", true);
  const least = Math.min(first, last);
  const reading = within(between(least, last), `drains for ${first} to ${last} s`, true);
  return { ...reading, stopsMainAfter: least };
}

const WAITING = /^(await_online_quorum_plus_one|await_online_synchronized_mirror|drain)$/;

function readRabbitUpgrade(words: Words): ProgramResult {
  const parsed = parseOptions(words, new Set(["-t", "-n", "--timeout", "--node"]));
  const limit = seconds(parsed && optionValue(parsed, "-t", "--timeout"));
  const [action] = parsed?.operands ?? [];
  if (action === undefined || !WAITING.test(action) || limit === undefined || words.includes(undefined))
    return unknown("has no limit", true);
  return within(between(0, limit), `waits at most ${limit} s (-t)`, action === "drain");
}
