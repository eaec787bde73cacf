import { BadRequest } from "../admission/bad-request.ts";
import { ENDLESS_SECONDS } from "../hook/interval.ts";
import { quote } from "../policy/messages/quote.ts";
import { ENDINGS, type Ending } from "./ending.ts";

type On = Ending["on"];

/** The parameters with a number of seconds. Each parameter is valid only with the listed values of `on`. */
const NUMBERS: Readonly<Record<string, readonly On[]>> = {
  grace: ["delete", "drain", "soft-eviction"],
  shutdown: ["node-shutdown"],
  critical: ["node-shutdown"],
  notice: ["spot"],
};

/** The parameters of a URL or a command line, by name. A repeated parameter has a list of values. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Writes a parameter as the caller would: `on=spot` in a URL, or `--on spot` on a command line. */
export type Spell = (name: string, value?: string) => string;

const inQuery: Spell = (name, value) => (value === undefined ? name : `${name}=${value}`);

/**
 * Reads how the pod is stopped (delete, drain, eviction) from parameters such as `on=spot` and `notice=30`. The default
 * of `on` is a delete.
 *
 * @throws BadRequest that names the parameter and its allowed values.
 */
export function readEnding(parameters: Parameters, spell = inQuery): Ending {
  const unknown = Object.keys(parameters).find((name) => name !== "on" && !Object.hasOwn(NUMBERS, name));
  if (unknown !== undefined)
    throw new BadRequest(
      `there is no parameter ${quote(unknown)}: use on, ${Object.keys(NUMBERS).join(", ")}.`,
    );
  const on = readOn(parameters);
  const seconds = (name: string): number | undefined => readSeconds(parameters, name, on, spell);
  const grace = seconds("grace");
  const [shutdown, critical] = [seconds("shutdown"), seconds("critical")];
  const notice = seconds("notice");
  const ending = ENDINGS[on];
  switch (ending.on) {
    case "delete":
    case "drain":
    case "soft-eviction":
      return { ...ending, ...(grace !== undefined && { graceSeconds: grace }) };
    case "spot":
      return { ...ending, ...(notice !== undefined && { noticeSeconds: notice }) };
    case "node-shutdown":
      return { ...ending, kubelet: readShutdown(ending.kubelet, spell, shutdown, critical) };
    default:
      return ending;
  }
}

function readOn(parameters: Parameters): On {
  const allowed = Object.keys(ENDINGS).join(", ");
  const text = once(parameters, "on", `one of ${allowed}`) ?? "delete";
  if (!isOn(text)) throw new BadRequest(`on must be one of ${allowed}, not ${quote(text)}.`);
  return text;
}

function isOn(text: string): text is On {
  return Object.hasOwn(ENDINGS, text);
}

const WHOLE = `a whole number of seconds from 0 to ${ENDLESS_SECONDS}`;

function readSeconds(parameters: Parameters, name: string, on: On, spell: Spell): number | undefined {
  const text = once(parameters, name, WHOLE);
  if (text === undefined) return undefined;
  const takers = NUMBERS[name] ?? [];
  if (!takers.includes(on))
    throw new BadRequest(
      `${spell(name)} can be used with ${takers.map((one) => spell("on", one)).join(", ")}, not with ${spell("on", on)}.`,
    );
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= ENDLESS_SECONDS))
    throw new BadRequest(`${spell(name)} must be ${WHOLE}, not ${quote(text)}.`);
  return seconds;
}

function once(parameters: Parameters, name: string, wanted: string): string | undefined {
  const given = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (given === undefined || typeof given === "string") return given;
  throw new BadRequest(`${name} is set ${given.length} times: set it once, to ${wanted}.`);
}

/**
 * The kubelet refuses a time for critical pods that is longer than the whole shutdown time
 * (pkg/kubelet/apis/config/validation).
 */
function readShutdown(
  {
    shutdownGracePeriodCriticalPods: usual = 0,
    ...unset
  }: Extract<Ending, { on: "node-shutdown" }>["kubelet"],
  spell: Spell,
  shutdown = unset.shutdownGracePeriod ?? 0,
  critical = shutdown === 0 ? 0 : usual,
): Extract<Ending, { on: "node-shutdown" }>["kubelet"] {
  if (critical > shutdown)
    throw new BadRequest(
      `${spell("critical")} (default ${usual}) must be at most ${spell("shutdown")}, which is ${shutdown}: the kubelet refuses ${critical}.`,
    );
  return { shutdownGracePeriod: shutdown, shutdownGracePeriodCriticalPods: critical };
}
