/**
 * `npm run bench:start`: compares a server with own certificates and a server with mounted files: the time until ready,
 * and memory. Both servers have access to a fake API server, as in a pod. Both servers run in turn.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { install } from "../certs/helper.ts";
import { freePort, readiness } from "../cli/processes.ts";
import { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { median } from "./decision-cost.ts";

const STARTS = Number(process.env["STARTS"] ?? 15);
const MAIN = join(import.meta.dirname, "../../src/main.ts");

/** Milliseconds until garbage of the start has been collected. */
const REST = 2000;

const ends: (() => unknown)[] = [];
const directory = mkdtempSync(join(tmpdir(), "gracekeeper-bench-"));

interface Start {
  readonly milliseconds: number;
  readonly cpu: number;
  readonly megabytes: number;
}

async function start(options: readonly string[]): Promise<Start> {
  const health = await freePort();
  const ports = ["--host", "127.0.0.1", "--port", "0", "--health-port", `${health}`];
  const began = performance.now();
  const child = spawn(process.execPath, [MAIN, "serve", ...ports, ...options], { stdio: "ignore" });
  while ((await readiness(health)) !== 200) await sleep(2);
  const milliseconds = performance.now() - began;
  // utime and stime of proc(5), in ticks of 10 ms.
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const cpu = (Number(fields[11]) + Number(fields[12])) * 10;
  await sleep(REST);
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const megabytes = (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
  child.kill("SIGKILL");
  await once(child, "close");
  return { milliseconds, cpu, megabytes };
}

async function main(): Promise<void> {
  const api = await FaultyApiServer.start({ teardown: (end) => void ends.push(end) });
  install(api);
  const { cert, key } = makeCertificate();
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  writeFileSync(join(directory, "kubeconfig"), api.kubeconfig());
  const cluster = ["--kubeconfig", join(directory, "kubeconfig")];
  const own = [...cluster, "--ca-secret", "gracekeeper-ca"];
  const ways: readonly (readonly [string, readonly string[], () => void])[] = [
    ["mounted files", [...cluster, "--certs-dir", directory], () => {}],
    ["own certificates", own, () => {}],
    ["own, the very first start", own, () => install(api)],
  ];
  console.log(
    `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}; ${STARTS} starts each, in turn:`,
  );
  const seen = ways.map((): Start[] => []);
  for (let count = -1; count < STARTS; count++) {
    for (const [index, [, options, prepare]] of ways.entries()) {
      prepare();
      const one = await start(options);
      // The first start of each variant fills the compile cache, so it is not measured.
      if (count >= 0) seen[index]?.push(one);
    }
  }
  const [base = []] = seen;
  const baseline = median(base.map(({ milliseconds }) => milliseconds));
  for (const [index, [name]] of ways.entries()) {
    const all = seen[index] ?? [];
    const of = (what: (one: Start) => number) => median(all.map(what));
    const ready = of(({ milliseconds }) => milliseconds);
    console.log(
      `${name}: ready after ${ready.toFixed(0)} ms (${(ready / baseline).toFixed(2)} x), processor time ${of(({ cpu }) => cpu).toFixed(0)} ms, ${of(({ megabytes }) => megabytes).toFixed(0)} MB`,
    );
  }
}

try {
  await main();
} finally {
  for (const end of ends) await end();
  rmSync(directory, { recursive: true });
}
