/**
 * Builds the image and runs it as a cluster would. `npm run image`
 *
 * The base image is made of files of this machine. npm reaches its registry through a proxy and with a private CA. The
 * checks need Linux, root, buildah, runc, and a cgroup whose memory can be limited. Ends with `N passed, N failed`; the
 * exit code is 1 if a check failed.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse } from "yaml";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { freePort } from "../api-server/process.ts";
import { Report } from "../api-server/report.ts";
import { bundlesOf, installed } from "../certs/helper.ts";
import { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { podOf, reviewOf } from "../reviews.ts";
import { output } from "./command.ts";
import { Container, type ContainerSettings, type Memory } from "./container.ts";
import { type ImageConfig, Images } from "./images.ts";
import { largeReviews, load, post, type Target } from "./load.ts";
import { Registry, TOKEN } from "./registry.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const MEBIBYTE = 1024 * 1024;

/** The connections of a busy API server, and bodies that are larger than any usual object. */
const CONNECTIONS = 64;
const BODY_BYTES = 6 * MEBIBYTE;
const ROUNDS = 3;

/**
 * The allowed results besides 200. 503 means that the memory budget is used up. On a slow machine a body may take more
 * than 12 s, which ends in 408 or a reset.
 */
const SHED: ReadonlySet<string> = new Set(["503", "408", "ECONNRESET", "EPIPE"]);

const SAMPLE_MILLISECONDS = 50;

/** About a minute. A start with own certificates writes to the API server, and the machine may be busy. */
const READY_TRIES = 1200;

const IMAGE = "localhost/gracekeeper:test";
const BASE = "localhost/base";

/** The pod spec in the manifests, from which user and memory limit are read. */
const pod = parse(readFileSync(join(REPOSITORY, "manifests/deployment.yaml"), "utf8")).spec.template.spec;
const USER = pod.securityContext.runAsUser as number;
const MEMORY_BYTES = Number.parseInt(pod.containers[0].resources.limits.memory, 10) * MEBIBYTE;

const report = new Report();
const work = await mkdtemp(join(tmpdir(), "gracekeeper-image-"));
const endings: (() => unknown)[] = [];
try {
  await main();
} catch (error) {
  await report.check("no check throws an unexpected error", () => {
    throw error;
  });
} finally {
  for (const end of endings.reverse()) await end();
  await rm(work, { recursive: true, force: true });
}
console.log(`\n${report.passed} passed, ${report.failures.length} failed`);
process.exit(report.failures.length > 0 ? 1 : 0);

async function main(): Promise<void> {
  const images = new Images(join(work, "images"));
  const base = await build(images);
  const config = await images.config(IMAGE);
  const root = await images.rootOf(IMAGE);
  await checkContents(config, root, base);
  await checkRun(config, root);
}

/** Builds the image, and returns the name of its base image. */
async function build(images: Images): Promise<string> {
  report.section("Build");
  const folder = join(work, "base");
  await output("sh", join(import.meta.dirname, "base-image.sh"), folder, process.execPath);
  const env = "PATH=/usr/local/bin:/usr/bin HOME=/root";
  const base = `${BASE}@${await images.fromFolder(folder, `${BASE}:1`, env)}`;
  const registry = await Registry.start(await output("npm", "config", "get", "registry"));
  endings.push(() => registry.stop());
  const ca = join(work, "ca.pem");
  await writeFile(ca, registry.ca);
  const npmrc = join(work, "npmrc");
  await writeFile(npmrc, `//localhost:1/:_authToken=${TOKEN}\n`);
  const given = [
    `BASE=${base}`,
    `npm_config_registry=${registry.url}`,
    `HTTPS_PROXY=${registry.proxy}`,
    "REVISION=abc",
  ];
  const args = given.flatMap((one) => ["--build-arg", one]);
  const secrets = ["--secret", `id=ca,src=${ca}`, "--secret", `id=npmrc,src=${npmrc}`];
  await report.check(
    "the build uses a base image by digest, and a given registry, proxy and CA for npm",
    async () => {
      await images.build(...args, ...secrets, "--tag", IMAGE, REPOSITORY);
      assert.ok(registry.requests > 0, "npm has used the registry");
      assert.equal(registry.withToken, registry.requests, "with the token of the npmrc");
      return `${registry.requests} requests to the registry`;
    },
  );
  return base;
}

async function checkContents(config: ImageConfig, root: string, base: string): Promise<void> {
  report.section("Contents");
  const { name, version, license } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  const files = readdirSync(root, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(root.length));
  await report.check("the image has labels with version, revision, licence and base image", () => {
    const labels = Object.entries(config.Labels).filter(([key]) =>
      key.startsWith("org.opencontainers.image."),
    );
    const { description, ...others } = Object.fromEntries(
      labels.map(([key, value]) => [key.slice(25), value]),
    );
    assert.ok(description);
    const expected = { title: name, version, revision: "abc", licenses: license, "base.name": base };
    assert.deepEqual(others, expected);
  });
  await report.check(
    "the image has Node, its libraries and our code, but no npm, shell, package, source or secret",
    () => {
      const strange = files.filter(
        (file) =>
          !/^\/(node|app\/package\.json|app\/dist\/[\w-]+\.js|app\/dist\/page\/\w+\.(js|css|html)|lib\w*\/.*\.so[.\d]*)$/.test(
            file,
          ),
      );
      assert.deepEqual(strange, []);
      const text = files
        .filter((file) => file.startsWith("/app/"))
        .map((file) => readFileSync(join(root, file), "utf8"));
      assert.ok(!`${JSON.stringify(config)}${text.join("")}`.includes(TOKEN));
      return `${files.length} files`;
    },
  );
  await report.check("only root can write files of the image", async () => {
    for (const file of files) assert.equal((await stat(join(root, file))).mode & 0o022, 0, file);
  });
}

async function checkRun(config: ImageConfig, root: string): Promise<void> {
  report.section("Run");
  const common = { root, env: config.Env, user: USER, memoryBytes: MEMORY_BYTES, mounts: {} };
  let count = 0;
  const start = (settings: Partial<ContainerSettings> & Pick<ContainerSettings, "args">) =>
    Container.start({ folder: join(work, `container-${count++}`), ...common, ...settings });
  await report.check("the image has the user of the manifests and runs with a read-only root", async () => {
    assert.equal(config.User, `${USER}:${USER}`);
    const code =
      'let code; try { fs.writeFileSync("/app/x", "") } catch (error) { code = error.code } console.log(process.getuid(), process.pid, code)';
    const container = await start({ args: [config.Entrypoint[0] ?? "", "-e", code] });
    assert.equal(await container.exit, 0, container.stderr);
    assert.equal(container.stdout, `${USER} 1 EROFS\n`);
  });
  await report.check("gracekeeper --version prints the version", async () => {
    const container = await start({ args: [...config.Entrypoint, "--version"] });
    assert.equal(await container.exit, 0, container.stderr);
    assert.match(container.stdout, /^gracekeeper \d+\.\d+\.\d+\n$/);
    return container.stdout.trim();
  });
  for (const way of await ways()) await underLoad(config, start, way);
}

type Start = (settings: Partial<ContainerSettings> & Pick<ContainerSettings, "args">) => Promise<Container>;

/**
 * Runs the server as in a cluster: with a configuration, a certificate and an API server. The running server is then
 * put under load.
 */
async function underLoad(config: ImageConfig, start: Start, way: Way): Promise<void> {
  report.section(`Run, ${way.title}`);
  const { mounts } = way;
  const [port, health] = [await freePort(), await freePort()];
  const options = [
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--health-port",
    `${health}`,
    "--shutdown-delay",
    "1",
  ];
  const paths = ["--config", "/etc/gracekeeper/config.yaml", "--kubeconfig", "/kube/config", ...way.options];
  const container = await start({ args: [...config.Entrypoint, "serve", ...options, ...paths], mounts });
  let exited: number | null | undefined;
  void container.exit.then((code) => {
    exited = code;
  });
  const small = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web", image: "nginx" }] })));
  const target = () => ({ port, ...way.trust() });
  const answersSmall = () => post(target(), new Agent(), small);
  await report.check("the server becomes ready and answers", async () => {
    const ready = async () =>
      (await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined))?.status === 200;
    for (let tries = 0; !(await ready()); tries++) {
      assert.ok(
        tries < READY_TRIES && exited === undefined,
        `not ready: ${container.stdout}${container.stderr}`,
      );
      await wait(SAMPLE_MILLISECONDS);
    }
    assert.equal(await answersSmall(), 200);
    return shown(container.memory());
  });
  const size = `${CONNECTIONS} connections, ${BODY_BYTES / MEBIBYTE} MiB bodies, ${MEMORY_BYTES / MEBIBYTE} MiB of memory`;
  await report.check(`${size}: each call gets an answer or a 503, and nothing is killed`, async () => {
    let highest = 0;
    const sampling = setInterval(() => {
      if (exited === undefined) highest = Math.max(highest, container.memory().anonymous);
    }, SAMPLE_MILLISECONDS);
    const outcomes = await load(target(), largeReviews(BODY_BYTES), CONNECTIONS, ROUNDS);
    clearInterval(sampling);
    assert.equal(exited, undefined, `it ended:\n${container.stdout.slice(-2000)}${container.stderr}`);
    const memory = container.memory();
    assert.equal(memory.kills, 0);
    const { 200: answered = 0, ...others } = Object.fromEntries(outcomes);
    assert.ok(answered > 0, JSON.stringify(others));
    for (const other of Object.keys(others)) assert.ok(SHED.has(other), `${other}: ${others[other]}`);
    const shed = Object.entries(others).map(([outcome, times]) => `, ${times} times ${outcome}`);
    return `${answered} answered${shed.join("")}; highest: ${shown({ ...memory, anonymous: highest })}`;
  });
  await report.check("after the load the server answers as before", async () => {
    assert.equal(await answersSmall(), 200);
  });
  await report.check("PID 1 exits with code 0 after the stop signal", async () => {
    await container.kill("TERM");
    assert.equal(await container.exit, 0, container.stderr);
  });
}

/** The source of the certificate. */
interface Way {
  readonly title: string;
  readonly options: readonly string[];
  /** The folders that are mounted in the pod. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Returns the CA that a caller trusts. This function is called when the server is ready. */
  readonly trust: () => Pick<Target, "ca" | "servername">;
}

async function ways(): Promise<readonly Way[]> {
  const teardown = (end: () => unknown) => void endings.push(end);
  const [api, own] = [await FaultyApiServer.start({ teardown }), await installed({ teardown })];
  const pair = makeCertificate();
  const certs = { "/certs": { "tls.crt": pair.cert, "tls.key": pair.key } };
  return [
    {
      title: "mounted files",
      options: ["--certs-dir", "/certs"],
      mounts: await mounted("files", { ...certs, ...kube(api) }),
      trust: () => ({ ca: pair.cert, servername: "localhost" }),
    },
    {
      title: "own certificates",
      options: ["--ca-secret", "gracekeeper-ca"],
      mounts: await mounted("own", kube(own)),
      trust: () => {
        const ca = bundlesOf(own)[0]?.bundle.map(({ pem }) => pem);
        return { ca: ca?.join("") ?? "", servername: "gracekeeper.gracekeeper.svc" };
      },
    },
  ];
}

type Folders = Readonly<Record<string, Readonly<Record<string, string>>>>;

function kube(api: FaultyApiServer): Folders {
  return { "/kube": { config: api.kubeconfig() } };
}

/** Writes the folders and the configuration to be mounted. Returns the folders by their path in the container. */
async function mounted(name: string, folders: Folders): Promise<Readonly<Record<string, string>>> {
  const config = readFileSync(join(REPOSITORY, "manifests/config.yaml"), "utf8");
  // The container's user must be able to read the files.
  await chmod(work, 0o755);
  const mounts: Record<string, string> = {};
  const all = { ...folders, "/etc/gracekeeper": { "config.yaml": config } };
  for (const [place, [path, contents]] of Object.entries(all).entries()) {
    const folder = join(work, `mount-${name}-${place}`);
    await mkdir(folder);
    for (const [file, text] of Object.entries(contents)) await writeFile(join(folder, file), text);
    mounts[path] = folder;
  }
  return mounts;
}

function shown({ peak, anonymous }: Memory): string {
  const mebibytes = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(0)} MiB`;
  return `${mebibytes(anonymous)}, ${mebibytes(peak)} with the page cache`;
}
