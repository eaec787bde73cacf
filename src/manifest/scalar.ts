/**
 * The type and value that kubectl's parser gives an unquoted or tagged scalar (go.yaml.in/yaml 2.4 resolve.go
 * `resolve`).
 */
export interface Resolved {
  readonly type: "null" | "bool" | "int" | "float" | "str";
  readonly value: unknown;
}

/**
 * The value of an unquoted scalar. Infinity and NaN mean that kubectl refuses the scalar, because JSON cannot express
 * them.
 */
export function plainScalar(source: string): unknown {
  return MAYBE_NO_TEXT.test(source) ? resolved(source).value : source;
}

/** Matches every scalar that is no string, and also some strings. */
export const MAYBE_NO_TEXT = /^(?:[-+.\d]|(?:~|y|yes|n|no|on|off|true|false|null)?$)/i;

export function resolved(source: string): Resolved {
  return WORDS.get(source) ?? numberIn(source) ?? { type: "str", value: source };
}

/** The accepted spellings of a word: lower case, upper case, and with a capital at the beginning. */
function spelled(word: string): readonly string[] {
  return [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)];
}

function entries(words: readonly string[], meaning: Resolved): readonly (readonly [string, Resolved])[] {
  return words.map((word) => [word, meaning]);
}

const ENDLESS: Resolved = { type: "float", value: Number.POSITIVE_INFINITY };

const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...entries(["", "~", ...spelled("null")], { type: "null", value: null }),
  ...entries(["y", "yes", "true", "on"].flatMap(spelled), { type: "bool", value: true }),
  ...entries(["n", "no", "false", "off"].flatMap(spelled), { type: "bool", value: false }),
  ...entries([".nan", ".NaN", ".NAN"], { type: "float", value: Number.NaN }),
  ...entries([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], ENDLESS),
  ...entries(["-.inf", "-.Inf", "-.INF"], { type: "float", value: Number.NEGATIVE_INFINITY }),
]);

const SHORT = /^(?:0|[1-9]\d{0,14})$/;
/** Whole numbers that Go's `strconv.ParseInt` accepts with base 0. */
const WHOLE = /^[-+]?(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9]\d*)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

function numberIn(source: string): Resolved | undefined {
  if (SHORT.test(source)) return { type: "int", value: Number(source) };
  if (!/^[-+.\d]/.test(source)) return undefined;
  const digits = source.replaceAll(source.startsWith(".") ? /(?<=\d)_(?=\d)/g : "_", "");
  const whole = WHOLE.test(digits) ? wholeNumber(digits) : undefined;
  if (whole !== undefined) return { type: "int", value: whole };
  const float = FLOAT.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(float) ? { type: "float", value: float } : undefined;
}

const BITS = 64n;
const MOST = 2n ** BITS - 1n;
const LEAST = -(2n ** (BITS - 1n));

/** Undefined for a number that does not fit into 64 bits. `010` is 8. */
function wholeNumber(digits: string): number | undefined {
  const magnitude = BigInt(digits.replace(/^[-+]/, "").replace(/^0(?=[0-7])/, "0o"));
  const number = digits.startsWith("-") ? -magnitude : magnitude;
  return number > MOST || number < LEAST ? undefined : Number(number);
}
