import { Command, Option } from "commander";
import { FAIL_ON, FORMATS, type Output, outputOf } from "./options.ts";

export function checkCommand(): Command {
  return new Command("check")
    .description("find pods in manifests that would not stop well")
    .argument("<path...>", "files, folders with .yaml, .yml and .json files, or - for standard input")
    .option(
      "-o, --output <format[=file]>",
      `${FORMATS.join(", ")}; can be repeated (default: human)`,
      (text: string, before: readonly Output[] = []) => [...before, outputOf(text)],
    )
    .addOption(
      new Option("--fail-on <action>", "exit with code 1 if a finding has this action or a stronger one")
        .choices(FAIL_ON)
        .default("warn"),
    )
    .addOption(new Option("--show <action>", "show audit findings, too").choices(["audit"]))
    .option("--config <file>", "GracekeeperConfiguration in YAML (without it, every field has its default)")
    .option(
      "--kubernetes-version <version>",
      "Kubernetes version of the cluster, such as 1.29 (default: the newest)",
    )
    .addHelpText(
      "after",
      `
Examples:
  gracekeeper check deploy/
  helm template . | gracekeeper check -
  kustomize build overlays/prod | gracekeeper check -
  gracekeeper check deploy/ -o sarif=gracekeeper.sarif -o human

Labels and annotations come from a Namespace among the manifests; without one the mode is enforce.
A comment "# gracekeeper-ignore: ID" above the line of a finding silences it.
Exit codes: 0 nothing found, 1 findings, 2 something could not be checked.`,
    )
    .action(async (paths: readonly string[], texts) => {
      const { runCheck } = await import("./run-check.ts");
      process.exitCode = await runCheck(paths, texts);
    });
}
