export const ROUTES = [
  "validate/enforce",
  "validate/warn",
  "validate/audit",
  "validate/namespace",
  "mutate",
] as const;

/** The options of `review`, as the library commander parses them. */
export interface ReviewTexts {
  readonly route?: (typeof ROUTES)[number];
  readonly config?: string;
  readonly server?: string;
  readonly serverName?: string;
  readonly ca?: string;
  readonly insecure?: boolean;
}
