import { withDeclaredPrograms } from "../../hook/programs/declared.ts";
import { PROGRAMS } from "../../hook/programs/table.ts";
import { type HookReader, hookReader } from "../../hook/reader.ts";
import type { Configuration } from "../model/configuration.ts";

/** A hook reader that knows the built-in programs and those of the configuration. */
export function readerOf({ programs }: Pick<Configuration, "programs">): HookReader {
  return hookReader(withDeclaredPrograms(PROGRAMS, programs));
}
