/** The server cannot start as it was asked to. `message` is one line: what is wrong, and what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}
