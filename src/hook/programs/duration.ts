/**
 * Operands of `sleep` and `timeout`. Sources: GNU coreutils 9.5 `apply_suffix`/`cl_strtod` (anything strtod takes, one
 * suffix of s m h d), busybox 1.36 `parse_duration_str` (digits with an optional point and suffix; inf; no sign, no
 * exponent, no blanks). Each syntax of an operand below was tested with GNU coreutils and with busybox.
 */

/**
 * The seconds of an operand in GNU coreutils and in busybox: Infinity if endless, undefined if the operand is invalid.
 */
export interface Duration {
  readonly gnu: number | undefined;
  readonly busybox: number | undefined;
}

const SECONDS_IN: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads an operand as GNU coreutils and as busybox read it. */
export function readDuration(operand: string): Duration {
  return { gnu: gnuSeconds(operand), busybox: busyboxSeconds(operand) };
}

function gnuSeconds(operand: string): number | undefined {
  const decimal = /^[ \t\n\v\f\r]*\+?((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)([smhd]?)$/.exec(operand);
  if (decimal !== null) return scaled(decimal[1], decimal[2]);
  if (/^[ \t\n\v\f\r]*\+?inf(inity)?[smhd]?$/i.test(operand)) return Number.POSITIVE_INFINITY;
  // 0x1d is 29 seconds: the d is a digit. Hexadecimal fractions and exponents are not supported.
  const hexadecimal = /^\+?(0[xX][0-9a-fA-F]+)([smh]?)$/.exec(operand);
  return hexadecimal === null ? undefined : scaled(hexadecimal[1], hexadecimal[2]);
}

function busyboxSeconds(operand: string): number | undefined {
  if (/^inf(inity)?s?$/i.test(operand)) return Number.POSITIVE_INFINITY;
  const plain = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(operand);
  if (plain === null) return undefined;
  const seconds = scaled(plain[1], plain[2]);
  // busybox reads a whole number into an unsigned int.
  return seconds > 4_294_967_295 ? undefined : seconds;
}

function scaled(number: string | undefined, suffix: string | undefined): number {
  const seconds = Number(number) * (SECONDS_IN[suffix ?? ""] ?? 1);
  return Math.round(seconds * 1e9) / 1e9;
}

const GO_UNITS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** A duration of Go (`time.ParseDuration`), not negative: `30s`, `1m30s`, `1.5h`, `0`. */
export function goSeconds(text: string | true | undefined): number | undefined {
  if (text === "0") return 0;
  if (typeof text !== "string" || !/^(\d{1,6}(\.\d{1,6})?(ns|us|ms|s|m|h)){1,6}$/.test(text))
    return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([a-z]+)/g))
    total += Number(number) * (GO_UNITS[unit ?? ""] ?? 0);
  return Math.round(total * 1e9) / 1e9;
}
