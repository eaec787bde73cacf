import { Command, Option } from "commander";
import { withRewriteOptions } from "../rewrite/options.ts";

export function fixCommand(): Command {
  return withRewriteOptions(
    new Command("fix").description("change manifests to fix the findings of gracekeeper check"),
  )
    .addOption(new Option("--show <action>", "fix audit findings, too").choices(["audit"]))
    .addHelpText(
      "after",
      `
Examples:
  gracekeeper fix deploy/
  gracekeeper fix --write deploy/
  gracekeeper fix deploy/ | git apply
  gracekeeper fix --write - < web.yaml > fixed.yaml

Comments, order, quotes and anchors stay as they are. Standard error names what only a person can fix.
Exit codes: 0 nothing is left to fix, 1 changes were shown or findings are left, 2 something could not be read or written.`,
    )
    .action(async (paths: readonly string[], texts) => {
      const { runFix } = await import("./run-fix.ts");
      process.exitCode = await runFix(paths, texts);
    });
}
