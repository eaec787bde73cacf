/**
 * Tools of servers with a time limit on the command line. A tool in this list without a time limit takes an unknown
 * time.
 */
import { between, exactly } from "../interval.ts";
import { goSeconds } from "./duration.ts";
import type { Program, ProgramResult } from "./program.ts";
import {
  AT_ONCE,
  hasOnly,
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
    "at most N s for `stop -t N`; not known for `stop` without `-t`, because PGCTLTIMEOUT can change the default of 60 s; `-W`, `reload` and `kill` return at once",
    readPgCtl,
  ),
  program(
    "kong",
    "Kong Gateway 3.9, kong/cmd/quit.lua",
    "for `quit` first --wait (default 0 s), then at most --timeout (default 10 s, at least 1.2 s)",
    readKong,
  ),
  program(
    "envoy-gateway",
    "Envoy Gateway 1.1, `envoy shutdown`",
    "for `envoy shutdown` between --min-drain-duration and --drain-timeout",
    readEnvoyGateway,
  ),
  program(
    "rabbitmq-upgrade",
    "rabbitmq-upgrade(8) 3.13",
    "with `-t N` at most N s for `drain` and `await_online_*`; `-t 0` is not documented",
    readRabbitUpgrade,
  ),
  ...withoutLimit(
    ["rabbitmqctl", "rabbitmq-diagnostics"],
    "rabbitmqctl(8) 3.13: not every command heeds `-t`",
    {
      because: "has no limit that applies to every command",
      stopping: /stop|shutdown/,
    },
  ),
  program(
    "gateway",
    "NGINX Gateway Fabric 2.6, cmd/gateway/commands.go",
    "for `gateway sleep` its --duration (default 30 s)",
    readGateway,
  ),
  program(
    "nats-server",
    "nats-server 2.14, main.go, server/signal.go",
    "`--signal` (`-sl`) sends a signal and returns at once; any other call runs the server, so its time is not known",
    readNats,
  ),
  program(
    "uwsgi",
    "uWSGI 2.0 documentation, Management",
    "`--stop` and `--reload` return at once",
    readUwsgi,
  ),
  ...withoutLimit(["nodetool"], "Apache Cassandra 4.1, nodetool", {
    stopping: /^stopdaemon$/,
    summary: "not known; only `stopdaemon` ends the server",
  }),
  ...withoutLimit(["supervisorctl"], "Supervisor 4.2.5, supervisorctl.py", {
    because: "has no time limit",
    stopping: /stop|shutdown|restart|reload|signal|remove|update/,
    summary:
      "not known: waits until the program has stopped; only the configuration of supervisord limits the wait",
  }),
  ...withoutLimit(["redis-cli"], "redis-cli, Redis 7.2", { stopping: /shutdown|failover|debug/i }),
  ...withoutLimit(
    ["etcdctl"],
    "etcdctl 3.4, `etcdctl --help`: --command-timeout does not include the connection",
    {
      because: "has no total time limit",
      stopping: /remove|stop|exit/,
    },
  ),
  ...withoutLimit(
    ["mysqladmin", "mariadb-admin", "mysql", "mariadb"],
    "mysqladmin, MariaDB 10.4 documentation: option files can change each limit",
    { because: "has no known time limit", stopping: /shutdown|kill/i },
  ),
  ...withoutLimit(["psql"], "psql(1), PostgreSQL 15", {
    stopping: /shutdown|stop|kill|terminate|program|\\!/i,
  }),
  ...withoutLimit(["mongosh", "mongo"], "mongosh 2.2 reference", {
    stopping: /shutdown|step-?down|stop|kill/i,
  }),
  ...withoutLimit(["consul", "nomad", "vault"], "Consul 1.18, Nomad 1.7, Vault 1.16 command reference", {
    because: "has no limit on how long it takes",
    stopping: /leave|drain|step-down|stop|seal/,
  }),
];

/** The default of `pg_ctl -t`, in seconds. */
const PG_CTL_SECONDS = 60;

function readPgCtl(words: Words): ProgramResult {
  const parsed = parseOptions(
    words,
    new Set(["-D", "-t", "-m", "-o", "-l", "-p", "--pgdata", "--timeout", "--mode", "--log"]),
    false,
    new Set(["--wait", "--no-wait", "--silent"]),
  );
  const action = parsed?.operands[0];
  if (parsed === undefined || words.includes(undefined)) return unknown("has no known limit", true);
  if (action === "reload" || action === "logrotate" || action === "kill")
    return { ...AT_ONCE, mayStopMain: action === "kill" };
  const stops = action === "stop" || action === "restart";
  const waits = [...parsed.options.keys()].filter((name) => /^(-[wW]|--(no-)?wait)$/.test(name)).at(-1);
  if (waits === "-W" || waits === "--no-wait") return { ...AT_ONCE, mayStopMain: stops };
  const limit = seconds(optionValue(parsed, "-t", "--timeout"));
  if (limit === undefined || action !== "stop") {
    const waits = unknown("waits for a time that depends on PGCTLTIMEOUT", stops);
    return action === "stop" ? { ...waits, known: { seconds: PG_CTL_SECONDS } } : waits;
  }
  return within(between(0, limit), `waits at most ${limit} s (-t)`, true);
}

/** Kong's quit.lua waits at least 1 s, `math.max(timeout, 1)`, and checks every 0.2 s. */
const KONG_LEAST = 1.2;

function readKong(words: Words): ProgramResult {
  const parsed = parseOptions(
    words.slice(1),
    new Set(["-t", "-w", "-p", "-c", "--timeout", "--wait", "--prefix", "--conf"]),
  );
  if (words[0] !== "quit" || parsed === undefined || words.includes(undefined))
    return unknown("takes an unknown time", true);
  const wait = seconds(optionValue(parsed, "--wait", "-w") ?? "0");
  const timeout = seconds(optionValue(parsed, "--timeout", "-t") ?? "10");
  if (wait === undefined || timeout === undefined) return unknown("has an unknown limit", true);
  const limit = Math.max(timeout, KONG_LEAST);
  const reading = within(
    between(wait, wait + limit),
    `waits ${wait} s, then at most ${limit} s for its workers`,
    true,
  );
  return { ...reading, stopsMainAfter: wait };
}

/** The default duration of `gateway sleep`. */
const GATEWAY_SLEEP = "30s";

function readGateway(words: Words): ProgramResult {
  const parsed = parseOptions(words, new Set(["--duration"]));
  const time = goSeconds(parsed?.options.get("--duration") ?? GATEWAY_SLEEP);
  const sleeps = parsed?.operands.length === 1 && words[0] === "sleep" && !words.includes(undefined);
  const plain = hasOnly(parsed, /^--duration$/);
  if (!sleeps || !plain || time === undefined) return unknown("takes an unknown time", true);
  return { ...within(exactly(time), `takes ${time} s`), status: "success", output: "" };
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
    return unknown("drains for an unknown time", true);
  const least = Math.min(first, last);
  const reading = within(between(least, last), `drains for ${first} to ${last} s`, true);
  return { ...reading, stopsMainAfter: least };
}

/**
 * Go accepts one or two dashes before an option, and its value after `=` or as the next word. If the option is
 * repeated, its last value is used.
 */
function readNats(words: Words): ProgramResult {
  const at = words.findLastIndex((word) => /^--?(sl|signal)(=|$)/.test(word ?? ""));
  const [, glued = words[at + 1]] = /^[^=]*=(.*)$/s.exec(words[at] ?? "") ?? [];
  if (at < 0 || glued === undefined) return unknown("takes an unknown time", true);
  return { ...AT_ONCE, mayStopMain: !/^(reload|reopen)(=|$)/.test(glued) };
}

function readUwsgi([action, ...files]: Words): ProgramResult {
  const plain = /^--(stop|reload)(=.+)?$/.test(action ?? "") && files.length <= 1;
  return plain ? { ...AT_ONCE, mayStopMain: true } : unknown("takes an unknown time", true);
}

const WAITING = /^(await_online_quorum_plus_one|await_online_synchronized_mirror|drain)$/;

function readRabbitUpgrade(words: Words): ProgramResult {
  const parsed = parseOptions(words, new Set(["-t", "-n", "--timeout", "--node"]));
  const limit = seconds(parsed && optionValue(parsed, "-t", "--timeout"));
  const [action] = parsed?.operands ?? [];
  const waits = action !== undefined && WAITING.test(action) && !words.includes(undefined);
  const stops = !waits || action === "drain";
  return !waits || limit === undefined || limit === 0
    ? unknown("has no time limit", stops)
    : within(between(0, limit), `waits at most ${limit} s (-t)`, stops);
}
