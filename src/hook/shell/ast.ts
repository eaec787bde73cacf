/** The syntax tree of shell text, as the parser gives it. Types only: parse.ts is the one file that calls the parser. */
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
