import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { readHook } from "../../src/hook/read-handler.ts";
import type { HookReading } from "../../src/hook/reading.ts";

export function readArgv(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): HookReading {
  return readHook({ kind: "exec", command }, { env: new Map(Object.entries(env)), programs: PROGRAMS });
}

export function readSh(text: string, env: Readonly<Record<string, string>> = {}): HookReading {
  return readArgv(["/bin/sh", "-c", text], env);
}

export function readBash(text: string, env: Readonly<Record<string, string>> = {}): HookReading {
  return readArgv(["/bin/bash", "-c", text], env);
}

/** `5`, `0-10` or, without an end, `3-`. */
export function shown(reading: HookReading): string {
  const { min, max } = reading.seconds;
  return max === Number.POSITIVE_INFINITY ? `${min}-` : min === max ? `${min}` : `${min}-${max}`;
}
