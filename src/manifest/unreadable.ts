/** Why a text is not read, and what to do. */
export interface Refusal {
  /** A clause: `this alias names no anchor above it`. */
  readonly problem: string;
  /** One sentence. */
  readonly advice: string;
}

export const CORRECT = "Correct the manifest.";

/**
 * Replaces the value of a document that cannot be read. It has facts about the text, and does not hide other documents.
 */
export class Unreadable implements Refusal {
  /** 1-based; a column counts UTF-16 code units. */
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
