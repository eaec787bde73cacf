import type { Handler } from "../../src/hook/handler.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { hookReader } from "../../src/hook/reader.ts";
import type { HookReading } from "../../src/hook/reading.ts";

export function readArgv(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): HookReading {
  return readOnly({ kind: "exec", command }, env);
}

/** Reads a hook as the only hook of its request, without a cache. */
export function readOnly(
  handler: Handler,
  variables: Readonly<Record<string, string | undefined>> = {},
): HookReading {
  const env = new Map(Object.entries(variables));
  return hookReader(PROGRAMS)([{ handler, env }]).of(handler, env);
}

export function readSh(text: string, env: Readonly<Record<string, string | undefined>> = {}): HookReading {
  return readArgv(["/bin/sh", "-c", text], env);
}

export function readBash(text: string, env: Readonly<Record<string, string | undefined>> = {}): HookReading {
  return readArgv(["/bin/bash", "-c", text], env);
}

/** The time of a hook as text: exact `5`, a range `0-10`, or a minimum `3-`. */
export function shown(reading: HookReading): string {
  const { min, max } = reading.seconds;
  return max === Number.POSITIVE_INFINITY ? `${min}-` : min === max ? `${min}` : `${min}-${max}`;
}
