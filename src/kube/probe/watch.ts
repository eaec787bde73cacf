import { pause, repeat } from "../pause.ts";
import { askReach, type ProbeResult, type ProbeSettings } from "./ask.ts";

export interface ProbeEvents {
  /** After each probe. */
  probed(result: ProbeResult): void;
  /** Called when a bug in gracekeeper ends a probe. The next probe follows. */
  crashed(error: unknown): void;
}

/**
 * Sends a probe at each interval, until the signal is aborted. The first probe also waits for one interval, until the
 * API server knows that a new pod is ready.
 */
export async function watchReach(settings: ProbeSettings, events: ProbeEvents): Promise<void> {
  const { timings, signal } = settings;

  async function attempt(): Promise<number> {
    const result = await askReach(settings);
    if (!signal.aborted) events.probed(result);
    return timings.probe;
  }

  await pause(timings.probe, signal);
  await repeat(attempt, signal, timings, events.crashed);
}
