import { repeatedRemark } from "../check/repeated.ts";
import { type ManifestDocument, readDocuments } from "../manifest/read.ts";
import { note } from "./complain.ts";
import type { Input } from "./input.ts";

/** The YAML documents of an input. Keys that a mapping repeats are listed on standard error. @throws InputFault */
export async function documentsIn(input: Input): Promise<readonly ManifestDocument[]> {
  const documents = [...readDocuments(await input.read())];
  for (const one of documents.flatMap(({ repeated }) => repeated))
    note({ file: input.name, ...repeatedRemark(one) });
  return documents;
}
