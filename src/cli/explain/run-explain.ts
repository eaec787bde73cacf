import { BadRequest } from "../../admission/bad-request.ts";
import type { ManifestContext } from "../../admission/manifest-decision.ts";
import type { Ending } from "../../explain/ending.ts";
import { type DocumentExplanation, explain } from "../../explain/explain.ts";
import { explanationSvg } from "../../explain/picture/svg.ts";
import { type Parameters, readEnding, type Spell } from "../../explain/read-ending.ts";
import { explanationText } from "../../explain/text.ts";
import { asciiJson } from "../../json.ts";
import { refusalText, Unreadable } from "../../manifest/unreadable.ts";
import { readerOf } from "../../policy/configuration/reader.ts";
import { clean } from "../../report/human.ts";
import { placeText } from "../../report/report.ts";
import { StartError } from "../../server/start-error.ts";
import { progressOn } from "../check/progress.ts";
import { complain } from "../complain.ts";
import { configurationFor } from "../configuration.ts";
import { documentsIn } from "../documents.ts";
import { givenAt, namespacesOf } from "../given.ts";
import { type Input, InputFault } from "../input.ts";
import type { ExplainTexts } from "./options.ts";
import { terminalStyle, wrapped } from "./terminal.ts";

const COULD_NOT_EXPLAIN = 2;

interface Explained {
  readonly file: string;
  readonly documents: readonly DocumentExplanation[];
}

/**
 * Writes explanations of manifests to standard output. An input that cannot be explained gets one line on standard
 * error. Returns the exit code.
 *
 * @throws StartError for an invalid option.
 */
export async function runExplain(paths: readonly string[], texts: ExplainTexts): Promise<number> {
  const { on, grace, notice, shutdown, critical } = texts;
  const ending = endingOf({ on, grace, notice, shutdown, critical });
  const configuration = await configurationFor(texts);
  const progress = progressOn(process.stderr);
  const given = await givenAt(paths);
  const namespaces = await namespacesOf(given, progress);
  progress.end();
  const context = { configuration, readHooks: readerOf(configuration), namespaces };
  const explained: Explained[] = [];
  let exitCode = 0;
  for (const input of given.flatMap(({ inputs }) => inputs)) {
    const one = await explainInput(input, context, ending);
    if (typeof one === "string") {
      complain(one);
      exitCode = COULD_NOT_EXPLAIN;
    } else explained.push(one);
  }
  if (explained.length > 0) process.stdout.write(written(explained, texts));
  return exitCode;
}

const asOption: Spell = (name, value) => (value === undefined ? `--${name}` : `--${name} ${value}`);

function endingOf(parameters: Parameters): Ending {
  try {
    const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
    return readEnding(Object.fromEntries(given), asOption);
  } catch (error) {
    throw error instanceof BadRequest ? new StartError(error.message) : error;
  }
}

/** The explanation of a file, or the reason why there is none. */
async function explainInput(
  input: Input | InputFault,
  context: ManifestContext,
  ending: Ending,
): Promise<Explained | string> {
  if (input instanceof InputFault) return input.message;
  try {
    const values = (await documentsIn(input)).map(({ value }) => value);
    const [first] = values;
    if (first instanceof Unreadable && values.length === 1)
      return `${placeText({ file: input.name, line: first.line, column: first.column })}: ${refusalText(first)}`;
    return { file: input.name, ...explain(values, context, ending) };
  } catch (error) {
    if (error instanceof InputFault) return error.message;
    if (error instanceof BadRequest) return `${input.name}: ${error.message}`;
    throw error;
  }
}

function written(
  explained: readonly Explained[],
  { output: format, theme }: Pick<ExplainTexts, "output" | "theme">,
): string {
  switch (format) {
    case "text":
      return textOf(explained);
    case "json": {
      const documents = explained.flatMap((one) =>
        one.documents.map((document) => ({ file: one.file, ...document })),
      );
      return `${asciiJson(JSON.stringify({ documents }, null, 2))}\n`;
    }
    case "svg":
      return explanationSvg(
        explained.flatMap(({ documents }) => documents),
        theme,
      );
  }
}

/** If there are several files, the name of the file comes before each explanation. */
function textOf(explained: readonly Explained[]): string {
  const style = terminalStyle(process.stdout);
  return explained
    .map(({ file, documents }) => {
      const text = wrapped(explanationText({ documents }, style), process.stdout);
      return explained.length === 1 ? text : `==> ${clean(file)} <==\n${text}`;
    })
    .join("\n");
}
