import t from "tap";
import { powerOff } from "../../src/termination/power-off.ts";
import type { StoppingContainer } from "../../src/termination/stop-container.ts";
import { timeline } from "../../src/termination/timeline.ts";
import { exec, lines, main, sidecar, sleep } from "./containers.ts";

const off = (at: number, grace: number, ...containers: readonly StoppingContainer[]) =>
  lines(powerOff(timeline(containers, grace), at));

t.test("running containers end at the power failure", async (t) => {
  const app = main(sleep(5), 10);
  const rest = "left 55 | kill 60";
  t.same(off(20, 60, app), { app: `hook completed 5 | signal 5 | ${rest} | exit 15 by stop-signal` });
  t.same(off(15, 60, app), { app: `hook completed 5 | signal 5 | ${rest} | exit 15 by stop-signal` });
  t.same(off(14, 60, app), { app: `hook completed 5 | signal 5 | ${rest} | exit 14 by power-off` });
  t.same(off(5, 60, app), { app: `hook completed 5 | signal 5 | ${rest} | exit 5 by power-off` });
  t.same(off(4, 60, app), { app: `hook cut 4 | signal 5 | ${rest} | exit 4 by power-off` });
  t.same(off(0, 60, app), { app: `hook cut 0 | signal 5 | ${rest} | exit 0 by power-off` });
});

t.test("a kill before the power failure stays a kill, and an uncertain end stays uncertain", async (t) => {
  t.same(off(30, 10, main(sleep(15), 10)), {
    app: "hook cut 10 | signal 10 | left 2 | kill 12 | exit 12 by kill",
  });
  t.same(off(20, 60, main(exec({ min: 0, max: Number.POSITIVE_INFINITY }), 10)), {
    app: "hook may-be-cut 0..20 | signal 0..60 | left 2..60 | kill 60..62 | exit 10..20 by cannot-tell",
  });
  t.same(off(20, 60, main(undefined, 15), sidecar("proxy", sleep(5), 10)), {
    app: "no hook | signal 0 | left 60 | kill 60 | exit 15 by stop-signal",
    proxy: "hook completed 5 | signal 15 | left 45 | kill 60 | exit 20 by power-off",
  });
});
