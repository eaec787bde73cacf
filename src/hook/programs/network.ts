/** Network clients. Without a limit for the whole request, a client waits forever for a peer that does not answer. */
import { between } from "../interval.ts";
import { fileWaits } from "./files.ts";
import type { Program, ProgramCall, ProgramResult } from "./program.ts";
import {
  hasOnly,
  mayHold,
  optionValue,
  type Parsed,
  parseOptions,
  program,
  programs,
  seconds,
  unknown,
  type Words,
  within,
  withoutLimit,
} from "./program-result.ts";

/** A request that stops a server says so in its path or in its data. */
const STOPPING = /stop|quit|shut|kill|term|exit|leave|drain|restart|reload/i;

export const NETWORK_PROGRAMS: readonly (readonly [string, Program])[] = [
  program(
    "curl",
    "curl(1) 8.9; src/tool_getparam.c 8.22",
    "at most `--max-time` (-m) for each URL; not known with `--retry` but without `--retry-max-time`",
    readCurl,
  ),
  program(
    "wget",
    "wget(1), GNU Wget 1.24; busybox 1.36",
    "not known: its limits apply to each step, not to the whole request",
    readWget,
  ),
  ...programs(
    ["nc", "ncat", "netcat"],
    "nc(1), OpenBSD netcat 1.219; busybox 1.36",
    "at most N s with `-z -w N` to one port of an address; else not known, because `-w` limits only idle time",
    readNetcat,
  ),
  ...withoutLimit(["socat", "telnet", "openssl"], "socat(1) 1.8, telnet(1), openssl(1) 3.0", {
    because: "has no time limit for the whole connection",
    stopping: STOPPING,
  }),
  ...withoutLimit(
    ["ssh", "scp", "kubectl", "aws", "gcloud", "dig", "nslookup", "host"],
    "their manual pages: the limits apply to one request or step",
    { because: "has no total time limit", stopping: STOPPING },
  ),
];

const CURL_VALUED = new Set(
  (
    "-A -b -c -C -d -D -e -E -F -h -H -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z " +
    "--max-time --connect-timeout --retry --retry-delay --retry-max-time --data --data-ascii --data-raw --data-binary " +
    "--data-urlencode --url-query --json --header --proxy-header --request --request-target --url --output --output-dir " +
    "--user --proxy-user --oauth2-bearer --user-agent --cacert --capath --cert --cert-type --key --key-type --pass " +
    "--unix-socket --abstract-unix-socket --resolve --config --proxy --socks5 --socks5-hostname --form --form-string " +
    "--upload-file --write-out --connect-to --cookie --cookie-jar --dump-header --referer --interface --limit-rate " +
    "--speed-limit --speed-time --keepalive-time --expect100-timeout --max-redirs --max-filesize --noproxy --proto " +
    "--range --stderr --trace --trace-ascii"
  ).split(" "),
);

const CURL_FLAGS = new Set(
  (
    "--silent --show-error --fail --fail-with-body --fail-early --location --location-trusted --insecure --head --get --verbose " +
    "--compressed --ipv4 --ipv6 --http0.9 --http1.0 --http1.1 --http2 --http2-prior-knowledge --http3 --include --no-buffer " +
    "--globoff --retry-connrefused --retry-all-errors --next --no-keepalive --no-progress-meter --progress-bar --tcp-nodelay " +
    "--tlsv1.2 --tlsv1.3 --path-as-is --anyauth --basic --digest --raw --disable --netrc --remote-name --create-dirs"
  ).split(" "),
);

/** Options of curl and wget whose value is sent with the request. */
const SENT =
  /^(-[XdHF]|--(request|request-target|method|data.*|json|form|form-string|header|url-query|post-data|body-data))$/;

/** Whether a request may stop its server: a request with an unknown word may stop it. */
function asksToStop({ given, operands }: Parsed): boolean {
  const urls = [...operands, ...given.flatMap(([name, value]) => (name === "--url" ? [textOf(value)] : []))];
  const sent = given.flatMap(([name, value]) => (SENT.test(name) ? [textOf(value)] : []));
  return mayHold([...urls.map((url) => url && pathOf(url)), ...sent], STOPPING);
}

/** The text of an option's value: empty for a flag, undefined for an unknown value. */
function textOf(value: string | true | undefined): string | undefined {
  return value === true ? "" : value;
}

/** The path and query of a URL, the only parts that can ask the server to stop. */
function pathOf(url: string): string {
  return url.replace(/^[a-z][\w+.-]*:\/\//i, "").replace(/^[^/?#]*/, "");
}

/**
 * Options of curl that read a file before the time limit of the request begins. The pattern finds the file in the value
 * of the option.
 */
const READ_FIRST: readonly (readonly [option: RegExp, file: RegExp])[] = [
  [/^(-[dHw]|--(data|data-ascii|data-binary|json|header|proxy-header|write-out|url))$/, /^@(.*)$/s],
  [/^--(data-urlencode|url-query)$/, /^[^=@]*@(.*)$/s],
  [/^(-F|--form)$/, /^[^=]*=[@<]([^;,]*)/s],
  [/^(-b|--cookie)$/, /^([^=]*)$/s],
  [/^(-T|--upload-file)$/, /^(.*)$/s],
];

/** The files that curl reads before the request; undefined for a file whose name is not known. */
function filesReadFirst({ given }: Parsed): Words {
  return given.flatMap(([name, value]): Words => {
    const file = READ_FIRST.find(([option]) => option.test(name))?.[1];
    if (file === undefined) return [];
    if (typeof value !== "string") return [undefined];
    const read = file.exec(value)?.[1];
    return read === undefined ? [] : [read];
  });
}

function readCurl(words: Words, call: ProgramCall): ProgramResult {
  const parsed = parseOptions(words, CURL_VALUED, false, CURL_FLAGS);
  if (parsed === undefined || call.wordsVary)
    return unknown("is called with unknown words", mayHold(words, STOPPING));
  const files = filesReadFirst(parsed);
  const readsInput = files.some((file) => file === undefined || /^[-.]$/.test(file));
  const stops = asksToStop(parsed) || (readsInput && STOPPING.test(call.input ?? ""));
  const named = files.filter((file) => file === undefined || !/^[-.]$/.test(file));
  const waits = named.some((file) => file === undefined || call.filesMayWait || fileWaits(file));
  const reading = waits ? unknown("may read a file before the request", stops) : request(parsed, stops);
  return readsInput ? { ...reading, readsInput: "some" } : reading;
}

function request(parsed: Parsed, stops: boolean): ProgramResult {
  const limit = seconds(optionValue(parsed, "-m", "--max-time"));
  if (limit === undefined || limit === 0) return unknown("has no --max-time", stops);
  const named = parsed.given.flatMap(([name, value]) => (name === "--url" ? [textOf(value)] : []));
  const urls = [...parsed.operands, ...named];
  const several =
    urls.some((url) => /[[\]{}]|^@/.test(url ?? "")) ||
    ["-K", "--config", "-:", "--next"].some((name) => parsed.options.has(name));
  return several
    ? unknown("may make more than one request", stops)
    : retried(parsed, limit, urls.length, stops);
}

/** curl waits as long as a `Retry-After` header says. Only `--retry-max-time` limits when the last try begins. */
function retried(parsed: Parsed, limitOfOne: number, urls: number, stops: boolean): ProgramResult {
  const limit = limitOfOne * Math.max(1, urls);
  const retry = parsed.options.get("--retry");
  if (retry === undefined || retry === "0")
    return within(between(0, limit), `takes at most ${limit} s (--max-time)`, stops);
  const last = seconds(parsed.options.get("--retry-max-time"));
  if (last === undefined || last === 0 || urls > 1)
    return unknown("retries after a delay that the server sets", stops);
  return within(
    between(0, last + limit),
    `begins its last try within ${last} s, and the try takes at most ${limit} s`,
    stops,
  );
}

const WGET_VALUED = new Set(
  (
    "-a -A -B -D -e -i -I -l -o -O -P -Q -R -t -T -U -w -X -Y " +
    "--timeout --connect-timeout --read-timeout --dns-timeout --tries --wait --waitretry --output-document --output-file " +
    "--append-output --input-file --directory-prefix --header --user-agent --referer --method --post-data --post-file " +
    "--body-data --body-file --user --password --http-user --http-password --ca-certificate --certificate --private-key --execute"
  ).split(" "),
);

const WGET_FLAGS = new Set(
  (
    "--quiet --verbose --no-verbose --debug --spider --server-response --save-headers --no-check-certificate --no-proxy --no-cache " +
    "--delete-after --continue --retry-connrefused --content-on-error --no-hsts --inet4-only --inet6-only"
  ).split(" "),
);

/**
 * GNU `-T` limits each lookup, connection and read; busybox `-T` limits each read. Both versions of wget retry and
 * follow redirections.
 */
function readWget(words: Words): ProgramResult {
  const parsed = parseOptions(words, WGET_VALUED, false, WGET_FLAGS);
  const stops = parsed === undefined ? mayHold(words, STOPPING) : asksToStop(parsed);
  return unknown("has no time limit for the whole request", stops);
}

/** An IP address needs no lookup and is tried once. `localhost` may have two addresses. */
const ADDRESSES: Readonly<Record<string, number>> = { localhost: 2 };
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$|^[\da-f]*:[\da-f:]+$/i;

/** The number of addresses of a host that needs no lookup; undefined for any other host. */
export function addressesOf(host: string | undefined): number | undefined {
  return ADDRESS.test(host ?? "") ? 1 : ADDRESSES[host ?? ""];
}

/**
 * With `-z`, nc only connects, and `-w` limits the connection attempt. Other options are not analysed: `-u` waits, `-v`
 * may look up names.
 */
function readNetcat(words: Words): ProgramResult {
  const parsed = parseOptions(words, new Set(["-w"]));
  const [host, port, ...more] = parsed?.operands ?? [];
  const addresses = addressesOf(host);
  const limit = seconds(parsed?.options.get("-w"));
  const plain = hasOnly(parsed, /^-[znw46]$/);
  const one = plain && more.length === 0 && /^\d{1,5}$/.test(port ?? "");
  if (
    !one ||
    parsed?.options.has("-z") !== true ||
    addresses === undefined ||
    limit === undefined ||
    limit < 1
  )
    return {
      ...unknown("has no time limit for the whole connection", mayHold(words, STOPPING)),
      readsInput: "some",
    };
  return within(between(0, addresses * limit), `takes at most ${addresses * limit} s (-w)`);
}
