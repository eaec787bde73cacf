import { readFileSync } from "node:fs";

/** package.json is one folder above the code in the repository, in the npm package and in the image. */
const PACKAGE = new URL("../package.json", import.meta.url);

export const VERSION: string = JSON.parse(readFileSync(PACKAGE, "utf8")).version;
