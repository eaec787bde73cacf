/**
 * A request that no API server sends. The caller gets HTTP 400 and this message, one sentence that names the field.
 * Then failurePolicy decides.
 */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  /** The path of the field at fault, if it is in an object with pods. */
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}
