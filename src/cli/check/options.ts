import type { ConfigurationTexts } from "../configuration.ts";
import { oneOf } from "../values.ts";

export const FORMATS = ["human", "json", "sarif", "junit", "github", "gitlab"] as const;
export type Format = (typeof FORMATS)[number];

export const FAIL_ON = ["deny", "warn", "never"] as const;

/** Where a report goes. */
export interface Output {
  readonly format: Format;
  /** Undefined: standard output. */
  readonly file: string | undefined;
}

/** The options of `check`, as the library commander parses them. */
export interface CheckTexts extends ConfigurationTexts {
  readonly output?: readonly Output[];
  readonly failOn: (typeof FAIL_ON)[number];
  readonly show?: "audit";
}

/** Parses a value such as `sarif=out.sarif`. @throws StartError for an unknown format. */
export function outputOf(text: string): Output {
  const [format = "", ...file] = text.split("=");
  return {
    format: oneOf("--output", format, FORMATS),
    file: file.length === 0 ? undefined : file.join("="),
  };
}
