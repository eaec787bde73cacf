import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, setPriority, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * The sources of etcd, kube-apiserver and kubectl:
 *
 * 1. the folder in the variable KUBEBUILDER_ASSETS, as in every envtest;
 * 2. Go modules, if Go is installed: each version is built once and kept in the user's cache folder;
 * 3. without that folder and without Go: a release that envtest-js downloads.
 */
export interface Binaries {
  /** The folder of the binaries. If the folder is undefined, envtest-js downloads a release. */
  readonly folder: string | undefined;
  readonly kubectl: string;
}

/** The version of Kubernetes for the checks. */
export const KUBERNETES = process.env["GRACEKEEPER_KUBERNETES"] || "1.37.2";

/** Every API server from 1.29 to 1.37 works with this etcd. */
const ETCD_VERSION = "3.6.8";

const KUBECTL_PACKAGE = "k8s.io/kubernetes/cmd/kubectl";

export async function findBinaries(version: string, say: (line: string) => void): Promise<Binaries> {
  const given = process.env["KUBEBUILDER_ASSETS"];
  if (given) return { folder: undefined, kubectl: await kubectlIn(given) };
  if (!(await onPath("go"))) {
    say(`no Go and no KUBEBUILDER_ASSETS: envtest-js downloads kube-apiserver ${version}`);
    return { folder: undefined, kubectl: "kubectl" };
  }
  const folder = join(cacheFolder(), `kubernetes-${version}-${process.platform}-${process.arch}`);
  await mkdir(folder, { recursive: true });
  await build(folder, "etcd", say, `building etcd ${ETCD_VERSION}, about half a minute`, etcdModule());
  const kubernetes = await kubernetesModule(version);
  await build(
    folder,
    "kube-apiserver",
    say,
    `building kube-apiserver ${version}, 3 to 5 minutes the first time`,
    kubernetes,
  );
  const kubectl = (await onPath("kubectl")) ?? join(folder, "kubectl");
  if (kubectl === join(folder, "kubectl")) {
    await build(folder, "kubectl", say, `building kubectl ${version}, about a minute`, kubernetes);
  }
  return { folder, kubectl };
}

function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "gracekeeper");
}

async function kubectlIn(folder: string): Promise<string> {
  const kubectl = join(folder, "kubectl");
  return (await exists(kubectl)) ? kubectl : "kubectl";
}

interface GoModule {
  readonly goMod: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

function etcdModule(): GoModule {
  return {
    goMod: `module build\n\ngo 1.24\n\nrequire go.etcd.io/etcd/server/v3 v${ETCD_VERSION}\n`,
    packages: { etcd: "go.etcd.io/etcd/server/v3" },
    flags: ["-ldflags", "-s -w"],
  };
}

/**
 * k8s.io/kubernetes uses its libraries from folders of its own repository. In another Go module each of these libraries
 * must be replaced by the matching release: v1.37.2 needs v0.37.2. Without the linker flags -X, kube-apiserver reports
 * v0.0.0.
 */
async function kubernetesModule(version: string): Promise<GoModule> {
  const [, minor, patch] = /^1\.(\d+)\.(\d+)$/.exec(version) ?? [];
  if (minor === undefined || patch === undefined) {
    throw new Error(`GRACEKEEPER_KUBERNETES must be a version such as 1.37.2, not "${version}".`);
  }
  const { output } = await run("go", ["mod", "download", "-json", `k8s.io/kubernetes@v${version}`], tmpdir());
  const theirs = await readFile((JSON.parse(output) as { GoMod: string }).GoMod, "utf8");
  const libraries = [...theirs.matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \.\/staging\//gm)].map(
    ([, name]) => name,
  );
  const goLine = /^go .*$/m.exec(theirs)?.[0] ?? "go 1.24";
  const replaced = libraries.map((name) => `replace ${name} => ${name} v0.${minor}.${patch}`);
  const about = "k8s.io/component-base/version.git";
  const ldflags = `-s -w -X ${about}Version=v${version} -X ${about}Major=1 -X ${about}Minor=${minor}`;
  return {
    goMod: ["module build", goLine, `require k8s.io/kubernetes v${version}`, ...replaced, ""].join("\n"),
    packages: { "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver", kubectl: KUBECTL_PACKAGE },
    // Up to 1.30 cloud providers are built in by default. They need modules that are no longer available.
    flags: [...(Number(minor) <= 30 ? ["-tags", "providerless"] : []), "-ldflags", ldflags],
  };
}

async function build(
  folder: string,
  name: string,
  say: (line: string) => void,
  progress: string,
  module: GoModule,
): Promise<void> {
  const target = join(folder, name);
  if (await exists(target)) return;
  say(progress);
  const work = await mkdtemp(join(tmpdir(), "gracekeeper-build-"));
  try {
    await writeFile(join(work, "go.mod"), module.goMod);
    const made = join(work, name);
    const path = module.packages[name] ?? "";
    await run("go", ["build", "-mod=mod", "-trimpath", ...module.flags, "-o", made, path], work);
    // The build folder may be on another disk, so the binary is copied. The copy gets the name `target` only when it is
    // complete.
    await copyFile(made, `${target}.${process.pid}`);
    await rename(`${target}.${process.pid}`, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs a program to its end, with a low priority. */
function run(program: string, args: readonly string[], cwd: string): Promise<{ readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, GOWORK: "off", CGO_ENABLED: "0" } });
    if (child.pid !== undefined) setPriority(child.pid, 10);
    let output = "";
    let errors = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      errors = (errors + data.toString()).slice(-4000);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve({ output });
      else reject(new Error(`${program} ${args.slice(0, 2).join(" ")} failed (exit ${code}):\n${errors}`));
    });
  });
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, program);
    if (folder !== "" && (await exists(file))) return file;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
