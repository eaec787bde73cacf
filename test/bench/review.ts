import { makeReview } from "../../src/cli/review/make-review.ts";

/**
 * A typical pod: three containers, environment variables, probes and one hook. The review of this pod has about 5 KiB.
 */
export function typicalReview(): string {
  const container = (name: string, port: number) => ({
    name,
    image: `registry.example.com/shop/${name}:2026.11.2`,
    ports: [{ containerPort: port, name: "http" }],
    env: Array.from({ length: 10 }, (_, index) => ({
      name: `SETTING_${index}`,
      value: `value ${index} of the container ${name}`,
    })),
    readinessProbe: { httpGet: { path: "/ready", port } },
    volumeMounts: [{ name: "data", mountPath: "/var/lib/data" }],
    lifecycle: { preStop: { exec: { command: ["sh", "-c", "sleep 5 && nginx -s quit"] } } },
  });
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web-7d9f8c6b5-x2x4z",
      labels: { app: "web", "pod-template-hash": "7d9f8c6b5", "app.kubernetes.io/part-of": "shop" },
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9090" },
    },
    spec: {
      volumes: [{ name: "data", emptyDir: {} }],
      containers: [container("web", 8080), container("cache", 6379), container("metrics", 9090)],
    },
  };
  return JSON.stringify(makeReview(manifest, "validate"));
}
