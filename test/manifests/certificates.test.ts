import t from "tap";
import { serveCommand } from "../../src/cli/serve/command.ts";
import { serveOptions } from "../../src/cli/serve/options.ts";
import { byKind, type KubernetesObject, object, withComponents } from "./read.ts";

type Objects = ReadonlyMap<string, KubernetesObject>;

const MOUNTED = [
  ["certificate-files", "gracekeeper-tls"],
  ["cert-manager", "gracekeeper-cert-manager-tls"],
] as const;

const podOf = (objects: Objects) => objects.get("Deployment")?.["spec"].template.spec;
const optionsOf = (objects: Objects) => {
  const command = serveCommand().action(() => {});
  return serveOptions(command.parse(podOf(objects).containers[0].args.slice(1), { from: "user" }).opts());
};

t.test("the manifests as shipped use own certificates, with the CA in the installed Secret", async (t) => {
  const { own, certificate } = optionsOf(byKind);
  t.equal(certificate, undefined);
  t.match(own, { secret: byKind.get("Secret gracekeeper-ca")?.["metadata"].name });
  t.notMatch(JSON.stringify(podOf(byKind).volumes), /secret/, "no certificate is mounted");
});

for (const [component, secretName] of MOUNTED) {
  const changed = withComponents(component);

  t.test(`${component}: the whole Secret is mounted where the server reads the certificate`, async (t) => {
    const { own, certificate } = optionsOf(changed);
    t.equal(own, undefined);
    const pod = podOf(changed);
    const mount = pod.containers[0].volumeMounts.find(({ name }: KubernetesObject) => name === "certs");
    t.same(certificate, { cert: `${mount.mountPath}/tls.crt`, key: `${mount.mountPath}/tls.key` });
    t.equal(mount.subPath, undefined, "a renewal arrives");
    t.equal(mount.readOnly, true);
    const { secret } = pod.volumes.find(({ name }: KubernetesObject) => name === "certs");
    t.equal(secret.secretName, secretName);
    t.equal(secret.defaultMode, 0o440, "root and the group of the pod");
    t.same(
      secret.items.map(({ path }: KubernetesObject) => path),
      ["tls.crt", "tls.key"],
    );
  });

  t.test(`${component}: everything for own certificates is removed, and the rest is unchanged`, async (t) => {
    for (const key of ["Secret gracekeeper-ca", "Role", "RoleBinding"]) t.notOk(changed.has(key), key);
    for (const key of ["Service", "NetworkPolicy", "PodDisruptionBudget", "Namespace", "ServiceAccount"])
      t.same(changed.get(key), object(key), key);
    const { args, volumeMounts, ...container } = podOf(changed).containers[0];
    const { args: shipped, volumeMounts: fewer, ...same } = podOf(byKind).containers[0];
    t.same(container, same);
    t.same(volumeMounts.slice(0, -1), fewer);
    t.same(args.toSpliced(1, 2), shipped.toSpliced(1, 2));
  });
}

t.test("both sources use different Secrets, so that running pods keep theirs during a switch", async (t) => {
  const names = MOUNTED.map(([, name]) => name);
  t.equal(new Set(names).size, names.length);
});

t.test(
  "cert-manager: the Certificate is for our Service, and both webhook configurations get its CA",
  async (t) => {
    const changed = withComponents("cert-manager");
    const leaf = changed.get("Certificate")?.["spec"];
    t.equal(leaf.secretName, "gracekeeper-cert-manager-tls");
    const { name, namespace } = object("Service")["metadata"];
    t.equal(leaf.dnsNames[0], `${name}.${namespace}.svc`);
    t.match(changed.get("Issuer")?.["spec"], {
      ca: { secretName: changed.get("Certificate gracekeeper-ca")?.["spec"].secretName },
    });
    for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
      t.same(changed.get(kind)?.["metadata"].annotations, {
        "cert-manager.io/inject-ca-from": `${namespace}/gracekeeper`,
      });
      t.same(changed.get(kind)?.["webhooks"], object(kind)["webhooks"]);
    }
  },
);
