import { Command, Option } from "commander";
import { ENDINGS } from "../../explain/ending.ts";
import { THEMES } from "../../explain/picture/style.ts";
import { FORMATS } from "./options.ts";

export function explainCommand(): Command {
  return new Command("explain")
    .description("show how the pods of manifests stop, second by second")
    .argument("<path...>", "files, folders with .yaml, .yml and .json files, or - for standard input")
    .addOption(
      new Option("--on <ending>", "what stops the pods").choices(Object.keys(ENDINGS)).default("delete"),
    )
    .option(
      "--grace <seconds>",
      "grace period of a delete or drain, or evictionMaxPodGracePeriod of a soft eviction",
    )
    .option("--notice <seconds>", "seconds from the notice to the power-off of a spot node (default: 120)")
    .option("--shutdown <seconds>", "shutdownGracePeriod of the kubelet (default: 30)")
    .option("--critical <seconds>", "shutdownGracePeriodCriticalPods of the kubelet (default: 10)")
    .addOption(new Option("-o, --output <format>", "what is written").choices(FORMATS).default("text"))
    .addOption(new Option("--theme <theme>", "colours of svg").choices(THEMES).default("auto"))
    .option("--config <file>", "GracekeeperConfiguration in YAML (without it, every field has its default)")
    .option(
      "--kubernetes-version <version>",
      "Kubernetes version of the cluster, such as 1.29 (default: the newest)",
    )
    .addHelpText(
      "after",
      `
Examples:
  gracekeeper explain web.yaml
  gracekeeper explain --on spot --notice 30 deploy/
  helm template . | gracekeeper explain -o svg - > pods.svg

Exit codes: 0 explained, 2 something could not be explained.`,
    )
    .action(async (paths: readonly string[], texts) => {
      const { runExplain } = await import("./run-explain.ts");
      process.exitCode = await runExplain(paths, texts);
    });
}
