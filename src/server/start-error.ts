/** An error in the options of the server. `message` is one line: what is wrong, and what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}
