import { readDocuments } from "../../src/manifest/read.ts";

/** The values of the documents of a text. */
export function valuesOf(text: string): readonly unknown[] {
  return [...readDocuments(text)].map(({ value }) => value);
}
