/** An error in the options of the server. `message` is one line with the problem and the advice. */
export class StartError extends Error {
  override readonly name = "StartError";
}
