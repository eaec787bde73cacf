import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const HEAD = "apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\n";

/**
 * A folder like a ConfigMap that the kubelet mounts. The file links to `..data`, and an update replaces the link
 * `..data` atomically.
 */
export function mountedConfigMap(t: { testdir(): string }, first: string) {
  const folder = t.testdir();
  let version = 0;
  function swap(text: string): void {
    const before = `..2026_11_20_${version++}`;
    const after = `..2026_11_20_${version}`;
    mkdirSync(join(folder, after));
    writeFileSync(join(folder, after, "config.yaml"), text);
    symlinkSync(after, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    rmSync(join(folder, before), { recursive: true, force: true });
  }
  swap(first);
  symlinkSync("..data/config.yaml", join(folder, "config.yaml"));
  return { file: join(folder, "config.yaml"), swap };
}
