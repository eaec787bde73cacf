/** The reason why a manifest cannot be read, and the advice. */
export interface Refusal {
  /** The problem as a clause, such as `this alias names no anchor above it`. */
  readonly problem: string;
  /** One sentence. */
  readonly advice: string;
}

export const CORRECT = "Correct the manifest.";

/** Replaces the value of a document that cannot be read, so that the other documents can still be used. */
export class Unreadable implements Refusal {
  /** Line and column begin at 1. Columns count UTF-16 code units. */
  readonly line: number;
  readonly column: number;
  readonly problem: string;
  readonly advice: string;

  constructor(place: { readonly line: number; readonly column: number }, { problem, advice }: Refusal) {
    this.line = place.line;
    this.column = place.column;
    this.problem = problem;
    this.advice = advice;
  }
}

/** `this " is not closed. Close it.` */
export function refusalText({ problem, advice }: Refusal): string {
  return `${problem}. ${advice}`;
}
