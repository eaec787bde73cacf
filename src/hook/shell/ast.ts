/** The types of the parser's syntax tree. Only parse.ts calls the parser. */
export type {
  AndOr,
  ArithmeticBinary,
  ArithmeticExpression,
  ArithmeticFor,
  ArithmeticUnary,
  ArithmeticWord,
  Assignment,
  Case,
  Command,
  CommandExpansionPart,
  CompoundList,
  For,
  Function as FunctionNode,
  HereDoc,
  If,
  ParameterExpansionPart,
  ParameterOperation,
  ParsedScript,
  Pipeline,
  Redirect,
  Redirected,
  Redirection,
  Statement,
  SyntaxNode,
  TestExpression,
  While,
  Word,
  WordPart,
} from "unbash";

/** The place of a node: UTF-16 offsets into its text, half open. */
export interface Span {
  readonly pos: number;
  readonly end: number;
}
