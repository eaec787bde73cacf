/** The configuration file cannot be used. `message` has one line for each field at fault. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}
