import { Registry } from "@prometheus-io/client";
import { buildApp } from "./app.ts";
import type { Deps } from "./deps.ts";
import { createLogger, type Logger } from "./telemetry/log.ts";
import { decisionMetrics } from "./telemetry/metrics.ts";

/** These routes answer the sample review with a denial, a warning and a patch, so each route runs different code. */
const ROUTES = ["/validate/enforce", "/validate/warn", "/mutate"];

/**
 * The number of calls of each route. V8 optimizes code that runs several times, but more calls would delay the start
 * more than they save.
 */
const TIMES = 4;

/**
 * Answers a sample review on each route, without a socket, log line or count. The code is then loaded and compiled, so
 * the first real review is several times faster. A failure is logged, and the server still starts.
 */
export async function warmUp(deps: Deps): Promise<void> {
  const metrics = { ...deps.metrics, ...decisionMetrics(new Registry()) };
  const app = buildApp({ ...deps, metrics, logger: createLogger("info", { write: () => {} }) });
  const payload = JSON.stringify(SAMPLE_REVIEW);
  const headers = { "content-type": "application/json" };
  for (const url of Array<readonly string[]>(TIMES).fill(ROUTES).flat()) {
    const { statusCode } = await app.inject({ method: "POST", url, headers, payload });
    if (statusCode !== 200) logFailure(deps.logger, url, statusCode);
  }
  await app.close();
}

function logFailure(logger: Logger, route: string, status: number): void {
  const reason = "the sample review that gracekeeper sends itself at the start got no decision.";
  logger.error({ event: "internal-error", route, status, reason });
}

const GROUP_VERSION_KIND = { group: "", version: "v1", kind: "Pod" };
const GROUP_VERSION_RESOURCE = { group: "", version: "v1", resource: "pods" };

/** A pod with two containers: the hook of the first is a script, and the second has no hook. */
const SAMPLE_REVIEW = {
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  request: {
    uid: "00000000-0000-4000-8000-000000000000",
    kind: GROUP_VERSION_KIND,
    resource: GROUP_VERSION_RESOURCE,
    requestKind: GROUP_VERSION_KIND,
    requestResource: GROUP_VERSION_RESOURCE,
    name: "sample",
    namespace: "sample",
    operation: "CREATE",
    userInfo: { username: "sample", groups: [] },
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "sample", namespace: "sample", labels: { app: "sample" } },
      spec: {
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        containers: [
          {
            name: "web",
            image: "sample",
            ports: [{ containerPort: 8080 }],
            env: [{ name: "SAMPLE", value: "sample" }],
            readinessProbe: { httpGet: { path: "/", port: 8080 } },
            lifecycle: { preStop: { exec: { command: ["sh", "-c", "sleep 45 && nginx -s quit"] } } },
          },
          { name: "app", image: "sample", ports: [{ containerPort: 9090 }] },
        ],
      },
    },
    oldObject: null,
    dryRun: false,
  },
};
