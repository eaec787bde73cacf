import { type Command, Option } from "commander";
import type { ConfigurationTexts } from "../configuration.ts";

/** The options of a command that changes manifests, as the library commander parses them. */
export interface RewriteTexts extends ConfigurationTexts {
  readonly diff?: true;
  readonly write?: true;
}

export function withRewriteOptions(command: Command): Command {
  return command
    .argument("<path...>", "files, folders with .yaml, .yml and .json files, or - for standard input")
    .addOption(new Option("--diff", "show what would change, as a diff (default)").conflicts("write"))
    .option("--write", "change the files; for the path -, write the changed manifests to standard output")
    .option("--config <file>", "GracekeeperConfiguration in YAML (without it, every field has its default)")
    .option(
      "--kubernetes-version <version>",
      "Kubernetes version of the cluster, such as 1.29 (default: the newest)",
    );
}
