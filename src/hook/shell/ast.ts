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

/** The position of a syntax node: UTF-16 offsets into the shell text; `end` is the offset after the last letter. */
export interface Span {
  readonly pos: number;
  readonly end: number;
}
