/**
 * A request that no API server sends. The caller gets HTTP 400 with the message of the error, which is one sentence
 * that names the wrong field. The API server then applies the failurePolicy of the webhook.
 */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  /** Path of the wrong field, if the field is in the submitted Kubernetes object. */
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}
