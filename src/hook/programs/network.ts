/** Clients. Without a limit for the whole request, a peer that does not answer holds them forever. */
import { between } from "../interval.ts";
import type { Program, ProgramCall, ProgramResult } from "./program.ts";
import {
  mayHold,
  optionValue,
  type Parsed,
  parseOptions,
  program,
  seconds,
  unknown,
  type Words,
  within,
  withoutLimit,
} from "./program-result.ts";

/** A request that asks a server to stop says so in its path. */
const STOPPING = /stop|quit|shut|kill|term|exit|leave|drain|restart|reload/i;

export const NETWORK_PROGRAMS: readonly (readonly [string, Program])[] = [
  program(
    "curl",
    "curl(1) 8.9",
    "at most `--max-time` (-m) for each URL; with `--retry` only where `--retry-max-time` bounds it",
    readCurl,
  ),
  ...withoutLimit(["wget"], "wget(1), GNU Wget 1.24; busybox 1.36", {
    summary: "not known: its limits are for each step, not for the whole",
    because: "has no limit on the whole request",
    stopping: STOPPING,
  }),
  ...withoutLimit(
    ["nc", "ncat", "netcat", "socat", "telnet", "openssl"],
    "nc(1), OpenBSD netcat 1.226; busybox 1.36",
    {
      summary: "not known: `-w` bounds silence, not the whole",
      because: "has no limit on the whole connection",
      stopping: STOPPING,
    },
  ),
  ...withoutLimit(
    ["ssh", "scp", "kubectl", "aws", "gcloud", "dig", "nslookup", "host"],
    "their manual pages",
    { summary: "not known", because: "waits for another machine", stopping: STOPPING },
  ),
];

const CURL_VALUED = new Set(
  (
    "-A -b -c -C -d -D -e -E -F -h -H -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z " +
    "--max-time --connect-timeout --retry --retry-delay --retry-max-time --data --data-raw --data-binary --data-urlencode --json --header " +
    "--request --url --output --user --user-agent --cacert --cert --key --unix-socket --resolve --config --proxy --form --write-out " +
    "--connect-to --cookie --referer --interface --limit-rate --max-redirs --noproxy --range --stderr --trace --trace-ascii"
  ).split(" "),
);

const CURL_FLAGS = new Set(
  (
    "--silent --show-error --fail --fail-with-body --location --insecure --head --get --verbose --compressed --ipv4 --ipv6 " +
    "--http1.0 --http1.1 --http2 --include --no-buffer --globoff --retry-connrefused --retry-all-errors --next " +
    "--no-keepalive --no-progress-meter --tlsv1.2 --tlsv1.3 --path-as-is --anyauth --basic --raw"
  ).split(" "),
);

/** `-d @-`, `-T -`, `-K -`: read before the request and its time limit begin. The file may be a pipe. */
const READS_FIRST = /^(-\w*[dTKF]?|--[\w-]+=?)?([\w.-]*[=<])?@|^[-.]$|^-\w*[TK]|^--(upload-file|config)/;

function readCurl(words: Words, call: ProgramCall): ProgramResult {
  const stops = mayHold(words, STOPPING);
  const parsed = parseOptions(words, CURL_VALUED, false, CURL_FLAGS);
  if (parsed === undefined || call.wordsVary)
    return unknown("is called with words that are not known", stops);
  if (words.some((word) => READS_FIRST.test(word ?? "")))
    return { ...unknown("may read something before the request", stops), readsInput: "some" };
  const limit = seconds(optionValue(parsed, "-m", "--max-time"));
  if (limit === undefined || limit === 0) return unknown("has no --max-time", stops);
  const urls = parsed.operands.length + Number(parsed.options.has("--url"));
  const several =
    parsed.operands.some((word) => /[[\]{}]/.test(word ?? "")) ||
    ["-K", "--config", "-:", "--next"].some((name) => parsed.options.has(name)) ||
    (words.includes("--url") && urls > 1);
  if (several) return unknown("may make more than one request", stops);
  return retried(parsed, limit, urls, stops);
}

/** curl follows any `Retry-After`. Only `--retry-max-time` limits when the last try begins. */
function retried(parsed: Parsed, limitOfOne: number, urls: number, stops: boolean): ProgramResult {
  const limit = limitOfOne * Math.max(1, urls);
  const retry = parsed.options.get("--retry");
  if (retry === undefined || retry === "0")
    return within(between(0, limit), `takes at most ${limit} s (--max-time)`, stops);
  const last = seconds(parsed.options.get("--retry-max-time"));
  if (last === undefined || last === 0 || urls > 1)
    return unknown("tries again after what the server asks for", stops);
  return within(
    between(0, last + limit),
    `begins its last try within ${last} s, which takes at most ${limit} s`,
    stops,
  );
}
