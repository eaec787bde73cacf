import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type Authority, readCertificates } from "../../../src/certs/certificate.ts";
import { makeAuthority } from "../../../src/certs/sign.ts";
import { ALWAYS_CONFIGURED } from "../check-installation.ts";
import { OURSELVES } from "../check-rights.ts";
import { underCreates } from "./check-switches.ts";
import { presentedOn, until } from "./presented.ts";
import { bundles, CONFIGURATIONS, lead, SECRETS, WEBHOOKS, type World } from "./world.ts";

const SECRET = `${SECRETS}/gracekeeper-ca`;

const ROTATIONS = { full: 20, small: 1 };

/** A damaged Secret or caBundle is repaired within this time (R47). */
const MENDED_SECONDS = 15;

/** gracekeeper must write nothing to the API server for this long. */
const QUIET_SECONDS = 5;

/**
 * The time limit for the rotation of a CA. A replica signs with a new CA 15 s after that CA has appeared in every
 * webhook entry.
 */
const ROTATED_SECONDS = 60;

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Checks the certificates that gracekeeper makes itself: rotation, repairs, and writes to the API server. */
export async function checkOwn(world: World): Promise<void> {
  world.report.section("Own certificates");
  await checkRotation(world);
  await checkQuiet(world);
  await checkServerSideApply(world);
  await checkRepairs(world);
}

async function checkRotation(world: World): Promise<void> {
  const times = world.full ? ROTATIONS.full : ROTATIONS.small;
  await underCreates(world, `the CA is replaced ${times} times`, async () => {
    for (let count = 0; count < times; count++) {
      const next = await makeAuthority(Date.now());
      const data = { "next-ca.crt": base64(next.pem), "next-ca.key": base64(next.key) };
      const { status, body } = await world.api.patch(SECRET, { data });
      assert.equal(status, 200, body.message);
      await until(`every replica presents a certificate of ${next.name}`, ROTATED_SECONDS, () =>
        presentedBy(world, next),
      );
    }
  });
}

async function presentedBy({ replicas }: World, { name }: Authority): Promise<boolean> {
  const all = await Promise.all(replicas.running.map(({ port }) => presentedOn(port)));
  return all.every(({ issuer }) => issuer.CN === name);
}

async function checkQuiet(world: World): Promise<void> {
  const { report, cluster, checkout } = world;
  await report.check(
    `without damage nothing is written, even if the manifests are applied again`,
    async () => {
      const before = await writes(world);
      const { stdout } = await cluster.kubectl("apply", "-k", `${checkout.folder}/install`);
      const configured = stdout.split("\n").filter((line) => line !== "" && !line.endsWith(" unchanged"));
      assert.deepEqual(configured, ALWAYS_CONFIGURED);
      await wait(QUIET_SECONDS * 1000);
      assert.deepEqual((await writes(world)).slice(before.length), []);
      return `${QUIET_SECONDS} s`;
    },
  );
}

/** Our writes so far, in the form `patch secrets`. */
async function writes({ cluster }: World): Promise<readonly string[]> {
  return (await cluster.auditLog())
    .filter(({ user, verb }) => user.username === OURSELVES && !["get", "list", "watch"].includes(verb))
    .map(({ verb, objectRef, responseStatus }) => `${verb} ${objectRef?.resource} ${responseStatus?.code}`);
}

const APPLY = "application/apply-patch+yaml";

/**
 * Checks what docs/certificates.md says about Flux and similar tools. The webhook configuration used here has no rules,
 * so no call is made.
 */
async function checkServerSideApply({ report, api }: World): Promise<void> {
  await report.check(
    "server-side apply cannot remove an entry while gracekeeper owns its caBundle",
    async () => {
      const kind = "validatingwebhookconfigurations";
      const { body } = await api.get(`${WEBHOOKS}/${kind}/gracekeeper`);
      const object = { ...body, metadata: { name: "applied-on-the-server" } };
      const apply = (manager: string, webhooks: readonly object[]) =>
        api.patch(
          `${WEBHOOKS}/${kind}/applied-on-the-server?fieldManager=${manager}&force=true`,
          { ...object, webhooks },
          APPLY,
        );
      const two = body.webhooks
        .slice(0, 2)
        .map(({ clientConfig, ...entry }: (typeof body.webhooks)[number]) => {
          const { caBundle: _, ...led } = clientConfig;
          return { ...entry, rules: [], clientConfig: led };
        });
      const ours = body.webhooks
        .slice(0, 2)
        .map(({ name, clientConfig: { caBundle } }: (typeof body.webhooks)[number]) => ({
          name,
          clientConfig: { caBundle },
        }));
      assert.equal((await apply("flux", two)).status, 201);
      assert.equal((await apply("gracekeeper-certificates", ours)).status, 200);
      const same = await apply("flux", two);
      assert.ok(same.body.webhooks[0].clientConfig.caBundle, "what another manager owns stays");
      const fewer = await apply("flux", two.slice(0, 1));
      assert.equal(fewer.status, 422);
      assert.match(fewer.body.message, /clientConfig: Required value/);
      await api.delete(`${WEBHOOKS}/${kind}/applied-on-the-server`);
    },
  );
}

async function checkRepairs(world: World): Promise<void> {
  const { api, cluster, checkout } = world;
  await mends(world, "caBundle is removed from every entry", async () => {
    for (const kind of CONFIGURATIONS) await editEntries(world, kind, "remove");
  });
  await mends(world, "caBundle is replaced by a CA of somebody else", async () => {
    const { pem } = await makeAuthority(Date.now());
    for (const kind of CONFIGURATIONS) await editEntries(world, kind, "replace", base64(pem));
  });
  await mends(world, "a configuration is deleted and applied again", async () => {
    const { code, stderr } = await cluster.kubectl("delete", "validatingwebhookconfiguration", "gracekeeper");
    assert.equal(code, 0, stderr);
    await checkout.run("kubectl apply -k install");
    await lead(world);
  });
  await mends(world, "the Secret is deleted", () => api.delete(SECRET));
  await mends(world, "the Secret is emptied", () => api.patch(SECRET, { data: null }));
  await mends(world, "the Secret is damaged", () =>
    api.patch(SECRET, { data: { "ca.crt": base64("damaged"), "ca.key": base64("damaged") } }),
  );
}

async function editEntries(
  { api }: World,
  kind: string,
  op: "remove" | "replace",
  value?: string,
): Promise<void> {
  const path = `${WEBHOOKS}/${kind}/gracekeeper`;
  const { body } = await api.get(path);
  const edits = body.webhooks.map((_: unknown, index: number) => ({
    op,
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value,
  }));
  const { status, body: answer } = await api.patch(path, edits, "application/json-patch+json");
  assert.equal(status, 200, answer.message);
}

/** The signing CA in the Secret. */
async function caInSecret({ api }: World): Promise<string> {
  const { body } = await api.get(SECRET);
  const pem = Buffer.from(body.data?.["ca.crt"] ?? "", "base64").toString();
  return readCertificates(pem)[0]?.id ?? "";
}

/** Runs `damage`, then checks that the previous CA is again in the Secret and in every entry. */
async function mends(world: World, damaged: string, damage: () => Promise<unknown>): Promise<void> {
  const { report } = world;
  await report.check(`${damaged}: repaired within ${MENDED_SECONDS} s, with the same CA`, async () => {
    const ca = await caInSecret(world);
    assert.notEqual(ca, "");
    const before = (await writes(world)).length;
    await damage();
    const start = performance.now();
    await until("the CA is back", MENDED_SECONDS, async () => {
      const published = [...(await bundles(world)).values()].map(readCertificates);
      const everywhere = published.every((all) => all.some(({ id }) => id === ca));
      return everywhere && (await caInSecret(world)) === ca;
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    await wait(1000);
    const written = (await writes(world)).slice(before);
    return `${seconds} s, ${written.length} writes: ${written.join(", ")}`;
  });
}
