/** Runs checks one after another, continues after a failure, and counts passed and failed checks. */
export class Report {
  passed = 0;
  readonly failures: string[] = [];

  section(title: string): void {
    console.log(`\n${title}`);
  }

  /** `name` is the statement that `test` proves. `test` may return a figure to print. */
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

  /** Runs everything, then prints the returned figures and the result, and sets the exit code. */
  async finish(all: () => Promise<string>): Promise<void> {
    let figures = "";
    try {
      figures = await all();
    } catch (error) {
      await this.check("no check throws an unexpected error", () => {
        throw error;
      });
    }
    for (const name of this.failures) console.log(`failed: ${name}`);
    console.log(`${figures}\n${this.passed} passed, ${this.failures.length} failed`);
    process.exitCode = this.failures.length > 0 ? 1 : 0;
  }
}
