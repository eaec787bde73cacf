import type { Api } from "../api.ts";
import { HOOKLESS_SPEC, pod } from "../objects.ts";

/** The number of simultaneous creates. */
const AT_ONCE = 6;

export interface Creates {
  readonly sent: number;
  /** Status and message of each failed create. */
  readonly failed: readonly string[];
}

/**
 * Creates pods in dry runs until `act` ends, and at least `atLeast` pods. Each create calls both webhook
 * configurations.
 */
export async function createsDuring(
  api: Api,
  atLeast: number,
  act: () => Promise<unknown>,
): Promise<Creates> {
  let sent = 0;
  let done = false;
  const failed: string[] = [];
  const path = `/api/v1/namespaces/${LOADED}/pods?dryRun=All`;
  const worker = async () => {
    while (!done || sent < atLeast) {
      const { status, body } = await api.post(path, pod(`load-${sent++}`, HOOKLESS_SPEC));
      if (status !== 201) failed.push(`${new Date().toISOString()} ${status} ${body.message}`);
    }
  };
  const load = Promise.all(Array.from({ length: AT_ONCE }, worker));
  try {
    await act();
  } finally {
    done = true;
    await load;
  }
  return { sent, failed };
}

/** The namespace for creates, in enforce mode and with injection. */
export const LOADED = "loaded";
