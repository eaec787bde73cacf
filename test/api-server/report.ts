/** Runs checks one after another, goes on after a failure, and counts. */
export class Report {
  passed = 0;
  readonly failures: string[] = [];

  section(title: string): void {
    console.log(`\n${title}`);
  }

  /** `name` is the sentence that holds when `test` returns; it may give back a figure worth printing. */
  async check(name: string, test: () => unknown): Promise<void> {
    try {
      const figure = await test();
      this.passed++;
      console.log(`  ok    ${name}${typeof figure === "string" ? ` (${figure})` : ""}`);
    } catch (error) {
      this.failures.push(name);
      const text = error instanceof Error ? error.message : String(error);
      console.log(`  FAIL  ${name}\n${text.replace(/^/gm, "        ")}`);
    }
  }
}
