import type { Remark } from "./finding.ts";

/** A comment such as `# gracekeeper-ignore: hook-over-grace, hook-missing`, on a line of its own or after a field. */
const COMMENT = /(?:^|[ \t])#[ \t]*gracekeeper-ignore:[ \t]*([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)[ \t]*$/;
const ONLY_COMMENT = /^[ \t]*#/;

/** The comments of a text that silence findings. */
export interface IgnoreComments {
  readonly isEmpty: boolean;
  /** Whether a comment at the end of one of these lines, or right above one of them, silences the finding. */
  silences(id: string, lines: readonly number[]): boolean;
  /** Comments that have silenced no finding so far, in the order of their lines. */
  unused(): readonly Remark[];
}

interface Comment {
  readonly ids: readonly string[];
  readonly column: number;
  readonly used: Set<string>;
}

const NONE: IgnoreComments = { isEmpty: true, silences: () => false, unused: () => [] };

/** @param ignorable the ids that the configuration allows to be silenced. */
export function ignoreComments(text: string, ignorable: ReadonlySet<string>): IgnoreComments {
  if (!text.includes("gracekeeper-ignore:")) return NONE;
  const lines = text.split(/\r?\n/);
  const comments = new Map<number, Comment>();
  for (const [index, line] of lines.entries()) {
    const found = COMMENT.exec(line);
    if (found === null) continue;
    const ids = (found[1] ?? "").split(",").map((id) => id.trim());
    comments.set(index + 1, { ids, column: line.indexOf("#", found.index) + 1, used: new Set() });
  }
  const commentsAbout = new Map<number, readonly number[]>();
  /**
   * The result is cached for each line: a list on one line may have thousands of findings, with thousands of comment
   * lines above it.
   */
  const about = (line: number): readonly number[] => {
    const found = commentsAbout.get(line) ?? linesAbout(lines, line).filter((one) => comments.has(one));
    commentsAbout.set(line, found);
    return found;
  };
  const silencesAt = (id: string, line: number): boolean => {
    const comment = comments.get(line);
    if (comment === undefined || !comment.ids.includes(id) || !ignorable.has(id)) return false;
    comment.used.add(id);
    return true;
  };
  return {
    isEmpty: comments.size === 0,
    silences: (id, at) => at.some((line) => about(line).some((one) => silencesAt(id, one))),
    unused: () => [...comments].flatMap(([line, comment]) => unusedIds(line, comment, ignorable)),
  };
}

/** The line of a field, and the comment lines right above it. */
function linesAbout(lines: readonly string[], line: number): readonly number[] {
  const about = [line];
  for (let above = line - 1; above > 0 && ONLY_COMMENT.test(lines[above - 1] ?? ""); above--)
    about.push(above);
  return about;
}

function unusedIds(
  line: number,
  { ids, column, used }: Comment,
  ignorable: ReadonlySet<string>,
): readonly Remark[] {
  return ids
    .filter((id) => !used.has(id))
    .map((id) => ({
      line,
      column,
      text: ignorable.has(id)
        ? `this comment silences no finding ${id}. Remove the comment, or move it right above the line of the finding.`
        : `the configuration does not allow ${id} to be silenced. Remove the comment, or correct the id.`,
    }));
}
