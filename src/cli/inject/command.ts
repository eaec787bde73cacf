import { Command } from "commander";
import { withRewriteOptions } from "../rewrite/options.ts";

export function injectCommand(): Command {
  return withRewriteOptions(
    new Command("inject").description(
      "add to manifests the preStop sleep that the webhook would add to their pods",
    ),
  )
    .addHelpText(
      "after",
      `
Examples:
  gracekeeper inject deploy/
  gracekeeper inject --write web.yaml
  helm template . | gracekeeper inject --write - | kubectl apply -f -

Standard error names the pods that get no sleep, with the reason.
Exit codes: 0 nothing is left to add, 1 changes were shown, 2 something could not be read or written.`,
    )
    .action(async (paths: readonly string[], texts) => {
      const { runInject } = await import("./run-inject.ts");
      process.exitCode = await runInject(paths, texts);
    });
}
