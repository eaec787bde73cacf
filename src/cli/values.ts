import { StartError } from "../server/start-error.ts";

export const HIGHEST_PORT = 65_535;

/** @throws StartError that names the option. */
export function wholeNumber(option: string, text: string, highest: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= highest) return Number(text);
  throw new StartError(`${option} must be a whole number from 0 to ${highest}, not ${JSON.stringify(text)}.`);
}

/** @throws StartError that names the option. */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  throw new StartError(`${option} must be one of ${allowed.join(", ")}, not ${JSON.stringify(text)}.`);
}

/** @throws StartError that names the option. */
export function namespaceName(option: string, text: string | undefined): string | undefined {
  if (text === undefined || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new StartError(`${option} must be the name of a namespace, not ${JSON.stringify(text)}.`);
}
