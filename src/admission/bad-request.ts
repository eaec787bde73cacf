/**
 * The request is not what an API server sends: the caller gets HTTP 400 and this message, one plain sentence that
 * names the field. The cluster's failurePolicy then decides.
 */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  /** The path of the field at fault, where it is in an object with pods. */
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}
