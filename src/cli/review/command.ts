import { Command, Option } from "commander";
import { type ReviewTexts, ROUTES } from "./options.ts";

export function reviewCommand(): Command {
  return new Command("review")
    .description("print the AdmissionReview of a manifest, or send it to a webhook and print the answer")
    .argument("<path...>", "files, folders with .yaml, .yml and .json files, or - for standard input")
    .addOption(
      new Option(
        "--route <route>",
        "path of the webhook (default: validate/enforce, or validate/namespace for a Namespace)",
      ).choices(ROUTES),
    )
    .option(
      "--server <url>",
      "URL of a webhook to send the review to, such as https://localhost:8443 (default: print the review)",
    )
    .option(
      "--server-name <name>",
      "host name that the certificate of the webhook must have (default: the host of --server)",
    )
    .option("--ca <file>", "CA in PEM format that signed the certificate of the webhook")
    .option("--insecure", "accept any certificate of the webhook, for a trial")
    .option("--config <file>", "GracekeeperConfiguration in YAML, for the custom resources in its workloads")
    .addHelpText(
      "after",
      `
Examples:
  gracekeeper review --server https://localhost:8443 --insecure web.yaml
  gracekeeper review --server https://localhost:8443 --server-name gracekeeper.gracekeeper.svc \\
    --ca ca.crt --config config.yaml web.yaml
  gracekeeper review --route mutate web.yaml | curl -ksS -H 'Content-Type: application/json' \\
    --data-binary @- https://localhost:8443/mutate

One review is printed as JSON on several lines; several reviews are printed with one on each line.
Exit codes: 0 allowed or printed, 1 denied, 2 something could not be read or asked.`,
    )
    .action(async (paths: readonly string[], texts: ReviewTexts) => {
      const { runReview } = await import("./run-review.ts");
      process.exitCode = await runReview(paths, texts);
    });
}
