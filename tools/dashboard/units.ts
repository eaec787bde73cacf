/** Formats values as Grafana does (packages/grafana-data/src/valueFormats). */
export function valueText(unit: string, value: number): string {
  switch (unit) {
    case "s":
      return scaled(value, SECONDS);
    case "bytes":
      return scaled(value, BYTES);
    case "bool_yes_no":
      return value === 0 ? "No" : "Yes";
    case "none":
      return digits(value);
    default:
      return `${digits(value)} ${RATES[unit] ?? unit}`;
  }
}

const RATES: Readonly<Record<string, string>> = { reqps: "req/s", cps: "c/s" };

/** Units with their factors, the largest unit first. */
type Scale = readonly (readonly [string, number])[];

const SECONDS: Scale = [
  [" weeks", 604_800],
  [" days", 86_400],
  [" hours", 3600],
  [" min", 60],
  [" s", 1],
  [" ms", 1e-3],
  [" us", 1e-6],
];
const BYTES: Scale = [
  [" GiB", 2 ** 30],
  [" MiB", 2 ** 20],
  [" KiB", 2 ** 10],
  [" B", 1],
];

function scaled(value: number, scale: Scale): string {
  const [name, size] = scale.find(([, from]) => value >= from) ?? ["", 1];
  return `${digits(value / size)}${name}`;
}

/** Rounds to at most three significant digits. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/**
 * About `count` round values for the marks of an axis, from 0 to at least `most`. For bytes, the values are powers of
 * two.
 */
export function ticks(unit: string, most: number, count: number): readonly number[] {
  const rough = (most > 0 ? most : 1) / count;
  const step = unit === "bytes" ? 2 ** Math.ceil(Math.log2(rough)) : roundStep(rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((times) => times * power >= rough) ?? 10) * power;
}
