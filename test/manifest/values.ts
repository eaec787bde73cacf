import { readDocuments } from "../../src/manifest/read.ts";

/** The value of each YAML document in a text. */
export function valuesOf(text: string): readonly unknown[] {
  return [...readDocuments(text)].map(({ value }) => value);
}
