import fc from "fast-check";
import type { Interval } from "../../src/hook/interval.ts";
import type { StoppingContainer, StoppingHook } from "../../src/termination/stop-container.ts";

/**
 * A duration in seconds: a multiple of 1/8, a whole number, or infinity. Sums of multiples of 1/8 are exact. Whole
 * numbers are the boundaries of rounding.
 */
export const seconds = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 40 * 8 }).map((eighths) => eighths / 8), weight: 4 },
  { arbitrary: fc.integer({ min: 0, max: 40 }), weight: 4 },
  { arbitrary: fc.constant(Number.POSITIVE_INFINITY), weight: 1 },
);
export const wide = fc
  .tuple(seconds, seconds)
  .map(([a, b]): Interval => ({ min: Math.min(a, b), max: Math.max(a, b) }));
export const point = seconds.map((at): Interval => ({ min: at, max: at }));

function hookOf(span: fc.Arbitrary<Interval>): fc.Arbitrary<StoppingHook | undefined> {
  const kind = fc.constantFrom("exec", "httpGet", "sleep", "none" as const);
  return fc.option(fc.record({ kind, seconds: span, fails: fc.boolean() }), { nil: undefined });
}

/** A pod with main containers, sidecars, init and ephemeral containers, which end in every possible way. */
export function podOf(span: fc.Arbitrary<Interval>, ownExit = seconds): fc.Arbitrary<StoppingContainer[]> {
  const container = fc.record({
    role: fc.constantFrom("main", "main", "sidecar", "sidecar", "init", "ephemeral" as const),
    hook: hookOf(span),
    shutdown: span,
    running: fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0),
    exitsAt: fc.option(ownExit, { nil: undefined, freq: 5 }),
  });
  return fc.array(container, { minLength: 1, maxLength: 6 }).map((list) =>
    list.map(({ exitsAt, ...rest }, index) => ({
      name: `c${index}`,
      ...rest,
      ...(exitsAt !== undefined && { exitsAt }),
    })),
  );
}

/** A value in the interval: `min` for a share of 0, `max` for a share of 1, otherwise a value between them. */
function within({ min, max }: Interval, share: number): number {
  if (share === 0) return min;
  if (share === 1) return max;
  return max === Number.POSITIVE_INFINITY ? min + share * 100 : min + Math.round(share * (max - min) * 8) / 8;
}

/** The same pod, with each interval narrowed to a part of itself. */
export function narrowed(
  pod: readonly StoppingContainer[],
  shares: readonly [number, number][],
): StoppingContainer[] {
  let next = 0;
  const narrow = (span: Interval): Interval => {
    const [a, b] = shares[next++ % shares.length] ?? [0, 1];
    const ends = [within(span, a), within(span, b)];
    return { min: Math.min(...ends), max: Math.max(...ends) };
  };
  return pod.map((container) => ({
    ...container,
    hook: container.hook && { ...container.hook, seconds: narrow(container.hook.seconds) },
    shutdown: narrow(container.shutdown),
  }));
}

const share = fc.oneof(
  fc.constantFrom(0, 1, 0.5),
  fc.integer({ min: 0, max: 64 }).map((of) => of / 64),
);
export const spot = share.map((at): [number, number] => [at, at]);
export const shares = fc.oneof(
  fc.array(spot, { minLength: 7, maxLength: 7 }),
  fc.array(fc.tuple(share, share), { minLength: 7, maxLength: 7 }),
);
