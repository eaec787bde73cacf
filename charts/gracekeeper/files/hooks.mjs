// What the hooks of the chart do, with the token of their pod. They run in the image of gracekeeper, which has Node and
// nothing else: no shell, no kubectl. The last argument names the object.
import { readFileSync } from "node:fs";
import { request } from "node:https";

const FOLDER = process.env.CREDENTIALS ?? "/var/run/secrets/kubernetes.io/serviceaccount";
const [task, name] = process.argv.slice(-2);

function call(method, path, body) {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const headers = {
    authorization: `Bearer ${readFileSync(`${FOLDER}/token`)}`,
    "content-type": "application/json",
  };
  return new Promise((resolve, reject) => {
    request({ host, port, path, method, headers, ca: readFileSync(`${FOLDER}/ca.crt`) }, async (response) => {
      const chunks = await response.toArray();
      const warnings = response.headers.warning ?? "";
      resolve({ status: response.statusCode, warnings, text: String(Buffer.concat(chunks)) });
    })
      .on("error", reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const tasks = {
  /** Without them nothing that is deleted afterwards can hold up a pod. */
  async "remove-webhooks"() {
    for (const kind of ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"]) {
      const { status, text } = await call("DELETE", `/apis/admissionregistration.k8s.io/v1/${kind}/${name}`);
      if (status !== 200 && status !== 404) throw new Error(`${kind} ${name} is still there: ${text}`);
    }
  },
  /** A hook of 60 s does not fit a grace period of 30 s. A dry run: the pod is never created. */
  async "try-pod"() {
    // As Pod Security asks at its strictest level, so that nothing else refuses the pod.
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const user = { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } };
    const lifecycle = { preStop: { exec: { command: ["sleep", "60"] } } };
    const containers = [{ name: "web", image: "web", lifecycle, securityContext }];
    const pod = { metadata: { name: "try" }, spec: { securityContext: user, containers } };
    const { status, warnings, text } = await call("POST", `/api/v1/namespaces/${name}/pods?dryRun=All`, pod);
    console.log(status, warnings, text);
    // In a denial and in a warning. A name would not do: that of the namespace is in every answer.
    if (!(warnings + text).includes("[hook-over-grace]")) {
      throw new Error(
        "The API server did not ask gracekeeper. See the log of its pods, and docs/probe.md for the causes.",
      );
    }
  },
};
await tasks[task]();
