import { inject } from "../../fix/inject.ts";
import { readerOf } from "../../policy/configuration/reader.ts";
import { progressOn } from "../check/progress.ts";
import { configurationFor } from "../configuration.ts";
import { givenAt, namespacesOf } from "../given.ts";
import type { RewriteTexts } from "../rewrite/options.ts";
import { rewriteAll } from "../rewrite/rewrite.ts";

const DONE = 0;
const TO_DO = 1;
const COULD_NOT_RUN = 2;

/**
 * `gracekeeper inject`: writes files or shows a diff. Lists on standard error the additions to each pod, or the reason
 * why it has none.
 *
 * @returns the exit code.
 * @throws StartError for options that cannot be used.
 */
export async function runInject(paths: readonly string[], texts: RewriteTexts): Promise<number> {
  const configuration = await configurationFor(texts);
  const options = { configuration, readHooks: readerOf(configuration) };
  const write = texts.write === true;
  const progress = progressOn(process.stderr);
  const given = await givenAt(paths);
  const namespaces = await namespacesOf(given, progress);
  const rewrite = (text: string) => {
    const { added, skipped, ...made } = inject(text, { ...options, namespaces });
    return { ...made, remarks: [...added, ...skipped] };
  };
  const { changed, isFaulty } = await rewriteAll(given, { rewrite, write, progress });
  const isShown = changed > 0 && !write;
  if (isShown) process.stderr.write("Nothing was written. Add --write to change the files.\n");
  if (isFaulty) return COULD_NOT_RUN;
  if (changed === 0) process.stderr.write("Nothing to add.\n");
  return isShown ? TO_DO : DONE;
}
