import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { isHeld, isHeldByMount } from "../../src/server/config/subpath-mount.ts";

const PODS = "/var/lib/kubelet/pods/8c6f/volumes/kubernetes.io~configmap/configuration";

/** The lines of /proc/self/mountinfo in a container with these mounts. */
function mounts(...rows: readonly (readonly [root: string, at: string])[]): string {
  const all = [["/", "/"], ["/", "/proc"], ["/var/lib/etc/hosts", "/etc/hosts"], ...rows];
  return all
    .map(
      ([root, at], index) =>
        `${100 + index} 99 0:4${index} ${root} ${at} ro,relatime master:1 - ext4 /dev/vda1 rw\n`,
    )
    .join("");
}

t.test("a file mounted by subPath is distinguished from a file that follows its ConfigMap", async (t) => {
  const timed = "..2026_11_20_09_30_00.123456789";
  const file = "/etc/gracekeeper/config.yaml";
  const real = `/etc/gracekeeper/${timed}/config.yaml`;
  const rows: [title: string, mountinfo: string, path: string, held: boolean][] = [
    ["a mounted folder", mounts([PODS, "/etc/gracekeeper"]), real, false],
    ["a file by subPath", mounts([`${PODS}/${timed}/config.yaml`, file]), file, true],
    ["a bind mount of a file", mounts(["/home/ann/config.yaml", file]), file, true],
    ["a folder by subPath", mounts([`${PODS}/${timed}/conf`, "/etc/gracekeeper"]), file, true],
    ["a projected volume", mounts([PODS.replace("configmap", "projected"), "/etc/gracekeeper"]), real, false],
    ["no mount of its own", mounts(), file, false],
    ["another file by subPath", mounts([`${PODS}/${timed}/a.yaml`, "/etc/gracekeeper/a.yaml"]), file, false],
    ["a mount of a longer name", mounts([`${PODS}/${timed}`, "/etc/grace"]), file, false],
    ["blanks", mounts([`/a\\040b/${timed}`, "/etc/grace\\040keeper"]), "/etc/grace keeper/c.yaml", true],
    ["a backslash", mounts(["/x", "/etc/a\\134b"]), "/etc/a\\b", true],
    [
      "a mount over a mount",
      mounts([`${PODS}/${timed}`, "/etc/gracekeeper"], ["/", "/etc/gracekeeper"]),
      file,
      false,
    ],
    ["nothing to read", "", file, false],
    ["other text", "\n\nx y z\n", file, false],
  ];
  for (const [title, mountinfo, path, held] of rows) t.equal(isHeld(mountinfo, path), held, title);
});

t.test("a file without mount information is not reported", async (t) => {
  t.equal(await isHeldByMount(join(t.testdir(), "none")), false);
  const file = join(t.testdir({ "config.yaml": "x" }), "config.yaml");
  t.equal(await isHeldByMount(file), false, "a file of a disk");
});

/**
 * Mounting needs permissions that a container rarely has. A user namespace gives these permissions if the kernel allows
 * it.
 */
function canMount(): boolean {
  try {
    execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

t.test("a real mount of a single file is detected", { skip: !canMount() }, async (t) => {
  const folder = t.testdir({ source: "x", "config.yaml": "" });
  const script = `mount --bind "$0/source" "$0/config.yaml" && exec "$1" "$0/ask.ts"`;
  const subpath = new URL("../../src/server/config/subpath-mount.ts", import.meta.url).pathname;
  const ask = `import { isHeldByMount } from ${JSON.stringify(subpath)};
    console.log(await isHeldByMount("${folder}/config.yaml"), await isHeldByMount("${folder}/source"));`;
  writeFileSync(join(folder, "ask.ts"), ask);
  const said = execFileSync("unshare", ["-rm", "sh", "-c", script, folder, process.execPath], {
    encoding: "utf8",
  });
  t.equal(said, "true false\n");
});
