import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { output } from "./command.ts";

export interface ContainerSettings {
  /** A folder that no other container uses. */
  readonly folder: string;
  readonly root: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: number;
  readonly memoryBytes: number;
  /** Folders of this machine, by their path in the container. The folders are mounted read-only. */
  readonly mounts: Readonly<Record<string, string>>;
}

/** Memory of the container in bytes, and the number of its processes that the OOM killer has killed. */
export interface Memory {
  /** The peak includes the page cache, which the kernel can free. */
  readonly peak: number;
  /** Memory in use that the kernel cannot free. */
  readonly anonymous: number;
  readonly kills: number;
}

const READ_ONLY = ["nosuid", "nodev", "noexec", "ro"];

/**
 * A container that runc starts as Kubernetes would under Pod Security `restricted`. The container has a read-only root,
 * a user other than root, no capabilities, no new privileges, and a memory limit without swap. The container shares the
 * network of this machine.
 */
export class Container {
  stdout = "";
  stderr = "";
  readonly exit: Promise<number | null>;
  readonly #name: string;
  readonly #state: string;

  private constructor(child: ChildProcess, name: string, state: string) {
    this.#name = name;
    this.#state = state;
    child.stdout?.on("data", (piece) => {
      this.stdout += piece;
    });
    child.stderr?.on("data", (piece) => {
      this.stderr += piece;
    });
    this.exit = once(child, "close").then(([code]) => code as number | null);
  }

  static async start(settings: ContainerSettings): Promise<Container> {
    const { folder } = settings;
    const name = `gracekeeper-image-${process.pid}-${Math.random().toString(36).slice(2)}`;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "config.json"), JSON.stringify(runtimeSpec(settings, name)));
    const state = join(folder, "state");
    const child = spawn("runc", ["--root", state, "run", "--bundle", folder, name], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Container(child, name, state);
  }

  async kill(signal: string): Promise<void> {
    await output("runc", "--root", this.#state, "kill", this.#name, signal);
  }

  memory(): Memory {
    const v1 = `/sys/fs/cgroup/memory/${this.#name}`;
    if (existsSync(v1)) {
      return {
        peak: number(v1, "memory.max_usage_in_bytes"),
        anonymous: number(v1, "memory.stat", "total_rss"),
        kills: number(v1, "memory.oom_control", "oom_kill"),
      };
    }
    const v2 = `/sys/fs/cgroup/${this.#name}`;
    return {
      peak: number(v2, "memory.peak"),
      anonymous: number(v2, "memory.stat", "anon"),
      kills: number(v2, "memory.events", "oom_kill"),
    };
  }
}

/** A number from a file: the whole content, or the value in the line that begins with `name`. */
function number(folder: string, file: string, name = ""): number {
  const text = readFileSync(join(folder, file), "utf8");
  const [, found] = new RegExp(name === "" ? "^(\\d+)$" : `^${name} (\\d+)$`, "m").exec(text) ?? [];
  if (found === undefined) throw new Error(`${folder}/${file} has no number ${name}`);
  return Number(found);
}

/** Source: opencontainers/runtime-spec 1.0.2, config.md and config-linux.md. */
function runtimeSpec(
  { root, args, env, user, memoryBytes, mounts }: ContainerSettings,
  name: string,
): object {
  const own = Object.entries(mounts).map(([destination, source]) => ({
    destination,
    type: "bind",
    source,
    options: ["rbind", "ro"],
  }));
  return {
    ociVersion: "1.0.2",
    process: { user: { uid: user, gid: user }, args, env, cwd: "/", capabilities: {}, noNewPrivileges: true },
    root: { path: root, readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"] },
      { destination: "/sys", type: "bind", source: "/sys", options: ["rbind", ...READ_ONLY] },
      ...own,
    ],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
      cgroupsPath: `/${name}`,
      resources: { memory: { limit: memoryBytes, swap: memoryBytes } },
    },
  };
}
