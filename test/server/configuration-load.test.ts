import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { currentConfig } from "../../src/server/config/current.ts";
import { loadConfiguration } from "../../src/server/config/file.ts";
import { createLogger } from "../../src/server/telemetry/log.ts";
import { cases } from "../cases.ts";
import { testServer } from "../helper.ts";
import { podOf, reviewOf, shellHook } from "../reviews.ts";
import { HEAD, mountedConfigMap } from "./mounted-configuration.ts";
import "../patience.ts";

const RELOADS = cases(1000, 200);
const POLL = 2;
const HANDSHAKES_EVERY = 50;

/** The number of checks, one per millisecond. A change is loaded after a few checks, unless the machine is busy. */
const PATIENCE = 60_000;

/** The length of the hook and the shutdown time in the nth configuration. No pair occurs twice. */
const hookSeconds = (n: number) => 100 + n;
const shutdownSeconds = (n: number) => 10_000 - 5 * n;

function fileOf(n: number): string {
  return `${HEAD}shutdownSeconds: ${shutdownSeconds(n)}\nprograms:\n  - name: linger.sh\n    seconds: ${hookSeconds(n)}\n`;
}

const WRONG = [
  (n: number) => `${fileOf(n)}shutdownSeconds: 1\n`,
  (n: number) => fileOf(n).replace("programs:", "program:"),
  (n: number) => fileOf(n).slice(0, -4).replace("seconds: ", "seconds: -"),
  (n: number) => `${fileOf(n)}---\n`,
];

const BODY = JSON.stringify(
  reviewOf(podOf({ terminationGracePeriodSeconds: 1, containers: [shellHook("linger.sh")] })),
);

/** The grace period that a denial proposes: the sum of hook and shutdown time, rounded up to 5 s. */
const proposed = (n: number) => Math.ceil((hookSeconds(n) + shutdownSeconds(n)) / 5) * 5;

t.test(
  `${RELOADS} reloads under load, every third invalid: no request fails, and no decision mixes two files`,
  { timeout: 180_000 },
  async (t) => {
    const { file, swap } = mountedConfigMap(t, fileOf(0));
    const events: string[] = [];
    const logger = createLogger("info", {
      write: (line: string) =>
        void events.push(...(/"event":"(configuration-\w+)"/.exec(line)?.slice(1) ?? [])),
    });
    const force = currentConfig(await loadConfiguration(file));
    const server = await testServer(t, {
      currentConfig: force,
      configurationFile: file,
      logger,
      pollMilliseconds: POLL,
    });
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${server.healthPort}/metrics`)).text();
      return Number(new RegExp(`^gracekeeper_configuration_${name} (.*)$`, "m").exec(text)?.[1]);
    };
    let running = true;
    let answered = 0;
    const seen = new Set<number>();
    const failures: unknown[] = [];
    const mixed: string[] = [];
    const caller = async (keepAlive: boolean): Promise<void> => {
      const agent = new Agent({ keepAlive, maxSockets: 1, ca: server.pair.cert });
      while (running) {
        // A TLS handshake takes longer than many decisions. The pause leaves time for decisions.
        if (!keepAlive) await sleep(HANDSHAKES_EVERY);
        const body = await post(agent, server.port).catch((error: unknown) => error);
        const [, takes, grace] =
          (typeof body === "string" &&
            /preStop takes (\d+)s .*?terminationGracePeriodSeconds: (\d+)/.exec(body)) ||
          [];
        if (takes === undefined) {
          failures.push(body);
          continue;
        }
        answered++;
        const n = Number(takes) - 100;
        seen.add(n);
        if (Number(grace) !== proposed(n)) mixed.push(`hook of ${n}, grace ${grace}`);
      }
      agent.destroy();
    };
    const callers = [true, true, false].map(caller);
    const faultsBefore = await metric("read_errors_total");
    let wrong = 0;
    for (let n = 1; n <= RELOADS; n++) {
      const invalid = n % 3 === 0;
      const said = events.length;
      swap(invalid ? (WRONG[wrong++ % WRONG.length] ?? fileOf)(n) : fileOf(n));
      const event = invalid ? "configuration-error" : "configuration-changed";
      t.ok(await within(() => events.includes(event, said)), `${n}: ${event}`);
    }
    running = false;
    await Promise.all(callers);
    t.same(failures.slice(0, 3), []);
    t.same(mixed.slice(0, 3), []);
    const good = RELOADS - wrong;
    t.equal(await metric("generation"), 1 + good);
    t.ok((await metric("read_errors_total")) - faultsBefore >= wrong);
    t.ok(seen.size > good / 20, `${seen.size} configurations decided`);
    for (const n of seen) t.ok(n % 3 !== 0 || n === 0, "never an invalid one");
    t.comment(
      `${RELOADS} reloads, ${wrong} of them invalid; ${answered} requests, ${failures.length} failed, ${mixed.length} mixed, ${seen.size} configurations seen`,
    );
  },
);

async function within(done: () => boolean): Promise<boolean> {
  for (let looks = 0; !done(); looks++) {
    if (looks > PATIENCE) return false;
    await sleep(1);
  }
  return true;
}

function post(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { agent, port, host: "localhost", path: "/validate/enforce", method: "POST" };
    const sent = request(
      { ...options, headers: { "content-type": "application/json" } },
      async (response) => {
        const pieces: Buffer[] = [];
        for await (const piece of response) pieces.push(piece);
        const text = Buffer.concat(pieces).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`HTTP ${response.statusCode}: ${text}`));
      },
    );
    sent.on("error", reject).end(BODY);
  });
}
