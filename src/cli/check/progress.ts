import { clearLine, cursorTo } from "node:readline";
import type { WriteStream } from "node:tty";
import { clean } from "../../report/human.ts";

const BETWEEN_MILLISECONDS = 100;

/** Shows progress on a terminal, in one line that is erased at the end. Prints nothing elsewhere. */
export interface Progress {
  show(text: string): void;
  end(): void;
}

/** A command that ends within a tenth of a second shows no progress. */
export function progressOn(stream: WriteStream): Progress {
  let last = Date.now();
  let shown = false;
  const wipe = (): void => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    show(text) {
      if (!stream.isTTY || Date.now() - last < BETWEEN_MILLISECONDS) return;
      last = Date.now();
      shown = true;
      wipe();
      stream.write(clean(text).slice(0, stream.columns - 1));
    },
    end() {
      if (shown) wipe();
    },
  };
}
