/** Typical preStop handlers of charts. Some do not fit the grace period. */
const HOOKS: readonly (readonly string[])[] = [
  ["exec:", '  command: ["sh", "-c", "sleep 10"]'],
  ["sleep:", "  seconds: 15"],
  ["exec:", '  command: ["/bin/sh", "-c", "sleep 5 && nginx -s quit"]'],
  ["httpGet:", "  path: /drain", "  port: 8080"],
  [
    "exec:",
    "  command:",
    "  - sh",
    "  - -c",
    "  - |",
    "    # the balancer",
    "    sleep 20",
    "    kill -TERM 1",
  ],
  [],
  ["exec:", '  command: ["sleep", "45"]'],
  ["exec:", '  command: ["/app/drain.sh"]'],
];

/** A manifest with `count` different Deployments of 50 lines each. */
export function deployments(count: number): string {
  return Array.from({ length: count }, (_, index) => deployment(index)).join("---\n");
}

function deployment(index: number): string {
  const [handler, ...rest] = HOOKS[index % HOOKS.length] ?? [];
  const hook =
    handler === undefined
      ? ""
      : `          lifecycle:\n            preStop:\n${[handler, ...rest].map((line) => `              ${line}\n`).join("")}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${index}
  namespace: shop
  labels:
    app.kubernetes.io/name: web-${index}
    app.kubernetes.io/part-of: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: web-${index}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web-${index}
        app.kubernetes.io/part-of: shop
    spec:
      terminationGracePeriodSeconds: ${30 + (index % 3) * 10}
      containers:
        - name: web
          image: registry.example.com/shop/web:1.${index}.0
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: LOG_LEVEL
              value: info
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 5
${hook}          securityContext:
            runAsNonRoot: true
            readOnlyRootFilesystem: true
`;
}
