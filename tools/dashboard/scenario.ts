import { request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { makeAuthority } from "../../src/certs/sign.ts";
import type { Api } from "../../test/api-server/api.ts";
import {
  FITTING_SPEC,
  HOOKLESS_SPEC,
  type KubernetesObject,
  madeBy,
  VIOLATING_SPEC,
} from "../../test/api-server/objects.ts";
import { SECRET, type Stage } from "./stage.ts";

export const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shop: { "gracekeeper.dev/validate": "enforce", "gracekeeper.dev/inject": "enabled" },
  billing: { "gracekeeper.dev/validate": "warn" },
};

/** How long the cluster of the dashboard runs, in seconds. */
const LENGTH = 420;

/** How long kube-proxy still sends requests to a killed replica. */
const ENDPOINTS_SECONDS = 8;

interface Event {
  readonly from: number;
  readonly text: string;
  readonly act: (stage: Stage) => Promise<unknown>;
}

/** The events in the dashboard, in the order of time. */
const EVENTS: readonly Event[] = [
  {
    from: 60,
    text: "a rollout whose hook does not fit: its pods are denied",
    act: ({ api }) => steadily(8, 60, () => create(api, "shop", VIOLATING_SPEC)),
  },
  { from: 150, text: "a third replica starts", act: (stage) => stage.start() },
  {
    from: 200,
    text: "a replica is killed, and another takes its place",
    act: async (stage) => {
      await stage.kill(ENDPOINTS_SECONDS);
      await stage.start();
    },
  },
  { from: 270, text: "a new CA", act: replaceCa },
  { from: 320, text: "a new configuration", act: (stage) => stage.configure("maxGraceSeconds: 600\n") },
  {
    from: 350,
    text: "somebody sends what is no review",
    act: ({ balancer }) => steadily(2, 20, () => sendRubbish(balancer.port)),
  },
];

export interface Recorded {
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** The events as text, such as `1:00 a new CA`. */
  readonly events: readonly string[];
}

/** Sends reviews during the whole run, and starts each event at its time. */
export async function play(stage: Stage, say: (line: string) => void): Promise<Recorded> {
  const start = Date.now() / 1000;
  const load = steadily(10, LENGTH, (count) => usual(stage.api, count));
  const events = EVENTS.map(async ({ from, text, act }) => {
    await wait(from * 1000);
    say(`${clock(from)} ${text}`);
    await act(stage);
  });
  await Promise.all([load, ...events]);
  return {
    start,
    end: Date.now() / 1000,
    events: EVENTS.map(({ from, text }) => `${clock(from)} ${text}`),
  };
}

/** `3:20` of 200 seconds. */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}

/** Calls `act` at a constant rate. A call does not wait for the previous call. */
async function steadily(
  perSecond: number,
  seconds: number,
  act: (count: number) => Promise<unknown>,
): Promise<void> {
  const begin = performance.now();
  const calls: Promise<unknown>[] = [];
  for (let count = 0; count < perSecond * seconds; count++) {
    await wait(Math.max(0, begin + (count * 1000) / perSecond - performance.now()));
    calls.push(act(count));
  }
  await Promise.all(calls);
}

/** Creates the objects of an ordinary day: most pods have no hook, some belong to a Job, and a few are denied. */
function usual(api: Api, count: number): Promise<unknown> {
  if (count % 40 === 0) return create(api, "shop", VIOLATING_SPEC);
  if (count % 10 === 1) return deployment(api, count % 20 === 1 ? VIOLATING_SPEC : FITTING_SPEC);
  if (count % 5 === 2) return create(api, "shop", FITTING_SPEC);
  if (count % 5 === 3) return create(api, "billing", count % 3 === 0 ? VIOLATING_SPEC : FITTING_SPEC);
  return create(api, "shop", HOOKLESS_SPEC, count % 4 === 0 ? madeBy("batch/v1", "Job", "report") : {});
}

function create(api: Api, namespace: string, spec: KubernetesObject, metadata: KubernetesObject = {}) {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { generateName: "web-", ...metadata }, spec };
  return api.post(`/api/v1/namespaces/${namespace}/pods`, pod);
}

function deployment(api: Api, spec: KubernetesObject) {
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec };
  return api.post("/apis/apps/v1/namespaces/billing/deployments?dryRun=All", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { generateName: "web-" },
    spec: { selector: { matchLabels: labels }, template },
  });
}

/** Starts the rotation of the CA: the new CA waits in the Secret until each webhook has it in its caBundle. */
async function replaceCa({ api }: Stage): Promise<void> {
  const next = await makeAuthority(Date.now());
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  await api.patch(SECRET, { data: { "next-ca.crt": base64(next.pem), "next-ca.key": base64(next.key) } });
}

function sendRubbish(port: number): Promise<void> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json" };
    const options = { host: "127.0.0.1", port, path: "/validate/enforce", method: "POST", headers };
    const sent = request({ ...options, rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume().on("close", resolve);
    });
    sent.on("error", () => resolve()).end("{}");
  });
}
