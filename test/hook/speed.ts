/** `node test/hook/speed.ts` prints how many microseconds it takes to read typical hooks, after a warm-up. */
import { readSh } from "./helper.ts";

const TEXTS = [
  "sleep 15 && nginx -s quit",
  "echo draining; sleep 5; kill -TERM $(pidof app); for i in 1 2 3; do sleep 1; done",
  "/usr/sbin/nginx -s quit; while pgrep -x nginx; do sleep 2; done # until it's gone",
];
const WARM_UP = 3000;
const TURNS = 10_000;

for (const text of TEXTS) {
  for (let i = 0; i < WARM_UP; i++) readSh(text);
  const started = performance.now();
  for (let i = 0; i < TURNS; i++) readSh(text);
  const micros = ((performance.now() - started) * 1000) / TURNS;
  console.log(`${micros.toFixed(1)} us for ${text.length} bytes: ${text}`);
}
