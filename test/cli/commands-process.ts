import { Readable, Writable } from "node:stream";
import { run } from "../../src/cli/run.ts";
import type { Asked, Ended } from "./commands.ts";

/** Receives commands, runs each as src/main.ts would, and sends back the result. */

process.on("message", async ({ args, cwd, env, input }: Asked) => {
  const stdin = Readable.from(input === "" ? [] : [Buffer.from(input)]);
  const [stdout, stderr] = [new Capture(), new Capture()];
  for (const [name, value] of Object.entries({ stdin, stdout, stderr }))
    Object.defineProperty(process, name, { value, configurable: true });
  process.env = env;
  process.chdir(cwd);
  process.exitCode = undefined;
  await run(args);
  const ended: Ended = {
    status: Number(process.exitCode ?? 0),
    stdout: stdout.text(),
    stderr: stderr.text(),
  };
  process.send?.(ended);
});

process.on("disconnect", () => process.exit());

class Capture extends Writable {
  readonly #pieces: Buffer[] = [];

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pieces.push(piece);
    done();
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString();
  }
}
