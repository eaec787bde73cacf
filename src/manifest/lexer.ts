import { Lexer } from "yaml";

const NO_INDENT = 0;

/**
 * The lexer of the library yaml, but lines inside brackets, braces and quotes need no indentation. kubectl's scanner
 * accepts such lines (go.yaml.in/yaml 2.4 scannerc.go `yaml_parser_unroll_indent`, `yaml_parser_scan_flow_scalar`).
 */
export function lexerOfKubectl(): Lexer {
  const lexer = new Lexer();
  let needed = NO_INDENT;
  Object.defineProperty(lexer, "indentNext", {
    get: () => (lexer["flowLevel"] > 0 ? NO_INDENT : needed),
    set(indent: number) {
      needed = indent;
    },
  });
  const continued = lexer["continueScalar"].bind(lexer) as (offset: number) => number;
  Object.defineProperty(lexer, "continueScalar", {
    value(offset: number): number {
      const outside = needed;
      // The current position of the lexer is the first character of the scalar.
      if (/["']/.test(lexer["charAt"](0))) needed = NO_INDENT;
      const next = continued(offset);
      needed = outside;
      return next;
    },
  });
  return lexer;
}
