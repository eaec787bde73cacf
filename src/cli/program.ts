import { Command } from "commander";
import { VERSION } from "../version.ts";
import { checkCommand } from "./check/command.ts";
import { explainCommand } from "./explain/command.ts";
import { fixCommand } from "./fix/command.ts";
import { injectCommand } from "./inject/command.ts";
import { reviewCommand } from "./review/command.ts";
import { serveCommand } from "./serve/command.ts";

/** The width of the help text if the terminal does not report its width. */
const HELP_WIDTH = 100;

const EXAMPLES = `
Examples:
  gracekeeper check deploy/                       what is wrong, with the line of each field
  helm template . | gracekeeper check -           the same for a chart
  gracekeeper fix --write deploy/                 fix what a program can fix
  gracekeeper explain --on drain deploy/web.yaml  what a drain does to these pods, second by second
  gracekeeper complete bash                       completion for bash, zsh, fish or powershell`;

/**
 * The command line. Each command sets `process.exitCode`. The code of a command is loaded only when the command runs,
 * so `--help` does not load the server.
 *
 * `parse` throws a CommanderError for arguments that it cannot parse, and after it has shown help (exit code 0).
 */
export function createProgram(): Command {
  const program = new Command("gracekeeper")
    .description("makes pods stop well: preStop hooks that fit the grace period")
    .version(`gracekeeper ${VERSION}`, "--version", "print the version")
    .addHelpText("after", EXAMPLES)
    .addCommand(checkCommand())
    .addCommand(explainCommand())
    .addCommand(fixCommand())
    .addCommand(injectCommand())
    .addCommand(reviewCommand())
    .addCommand(serveCommand());
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .allowExcessArguments(command === program)
      .showSuggestionAfterError()
      .configureOutput({
        writeErr: () => {},
        getOutHelpWidth: () => Math.min(process.stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
      });
  }
  return program;
}
