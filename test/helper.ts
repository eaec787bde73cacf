import type { FastifyInstance } from "fastify";
import { makeCertificate } from "../src/certs/self-signed.ts";
import { buildApp } from "../src/server/app.ts";
import { currentConfig } from "../src/server/config/current.ts";
import type { Deps } from "../src/server/deps.ts";
import { createReceiver } from "../src/server/http/body.ts";
import { type RunningServer, type ServerSettings, startServer } from "../src/server/start.ts";
import { createLogger, type Logger } from "../src/server/telemetry/log.ts";
import { createMetrics, type Metrics } from "../src/server/telemetry/metrics.ts";
import { checkPair, type Pair } from "../src/server/tls/key-pair.ts";
import { CONTEXT } from "./reviews.ts";

/** The part of tap's `t` that tests need. */
export interface Teardown {
  teardown(end: () => unknown): void;
}

/** A logger that collects its lines. `raw` has the texts of the lines, and `lines()` returns the parsed JSON. */
export function testLog(): { logger: Logger; raw: string[]; lines: () => Record<string, unknown>[] } {
  const raw: string[] = [];
  const logger = createLogger("info", { write: (line: string) => void raw.push(line) });
  return { logger, raw, lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

export interface TestApp {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  readonly raw: readonly string[];
  readonly lines: () => Record<string, unknown>[];
}

/** The app without a socket. The app is closed at the end of the test. */
export function testApp(t: Teardown, deps: Partial<Deps> = {}): TestApp {
  const { logger, raw, lines } = testLog();
  const metrics = createMetrics(() => 0);
  const app = buildApp({
    currentConfig: currentConfig(CONTEXT.configuration),
    logger,
    metrics,
    receiver: createReceiver(),
    explainer: undefined,
    draining: () => false,
    listPods: undefined,
    ...deps,
  });
  t.teardown(() => app.close());
  return { app, metrics, raw, lines };
}

/** Posts a JSON body. A string body is sent unchanged, and any other value is serialized. */
export function post(app: FastifyInstance, url: string, body: unknown, headers: Record<string, string> = {}) {
  return app.inject({
    method: "POST",
    url,
    payload: typeof body === "string" || body instanceof Buffer ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

export function testPair(now?: Date): Pair {
  const { cert, key } = makeCertificate(now);
  return checkPair(cert, key, { cert: "cert", key: "key" });
}

/** A real server on free ports of localhost. The server is stopped at the end of the test. */
export async function testServer(
  t: Teardown,
  settings: Partial<ServerSettings> = {},
): Promise<RunningServer & { readonly pair: Pair; readonly lines: () => Record<string, unknown>[] }> {
  const { logger, lines } = testLog();
  const pair = settings.pair ?? testPair();
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    healthPort: 0,
    currentConfig: currentConfig(CONTEXT.configuration),
    pair,
    files: undefined,
    explain: false,
    logger,
    ...settings,
  });
  t.teardown(() => server.close(0));
  return { ...server, pair, lines };
}

/**
 * The reasons why the API server would reject this answer of the webhook; empty if it accepts the answer.
 *
 * Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/request/admissionreview.go
 * `VerifyAdmissionResponse`, mutating/dispatcher.go and validating/dispatcher.go (1.36).
 */
export function breaches(
  answer: { statusCode: number; body: string },
  uid: string,
  mutating: boolean,
): string[] {
  if (answer.statusCode !== 200) return [`HTTP ${answer.statusCode}: ${answer.body}`];
  const { apiVersion, kind, response } = JSON.parse(answer.body) as {
    apiVersion: string;
    kind: string;
    response?: {
      uid: string;
      allowed: unknown;
      patch?: string;
      patchType?: string;
      status?: { code?: number; reason?: string };
    };
  };
  if (response === undefined) return ["no response"];
  const { patch, patchType, status, allowed } = response;
  const rules: readonly (readonly [boolean, string])[] = [
    [apiVersion === "admission.k8s.io/v1", `apiVersion is ${apiVersion}`],
    [kind === "AdmissionReview", `kind is ${kind}`],
    [response.uid === uid, `uid is ${response.uid}, not ${uid}`],
    [typeof allowed === "boolean", "allowed is no boolean"],
    [mutating || (patch === undefined && patchType === undefined), "a validating webhook must not patch"],
    [(patch === undefined) === (patchType === undefined), "patch and patchType must come together"],
    [patch === undefined || patchType === "JSONPatch", `patchType is ${patchType}`],
    [
      patch === undefined || Array.isArray(JSON.parse(Buffer.from(patch, "base64").toString())),
      "patch is no list",
    ],
    [
      allowed === true || (status?.code === 403 && status.reason === "Forbidden"),
      "a denial without 403, Forbidden",
    ],
  ];
  return rules.filter(([kept]) => !kept).map(([, breach]) => breach);
}
