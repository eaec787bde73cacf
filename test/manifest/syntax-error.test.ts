import t from "tap";
import { refusalText, Unreadable } from "../../src/manifest/unreadable.ts";
import "../patience.ts";
import { valuesOf } from "./values.ts";

/** Common YAML syntax errors, each with the line, column and text of the error message. */
const ROWS: readonly (readonly [text: string, error: string])[] = [
  ["a: 1\nb: [1\nc: 2\n", "2:4 this [ is not closed. Close the bracket or quote."],
  ["a: 1\nspec:\n\tcontainers: []\n", "3:1 this line is indented with a tab. Use spaces."],
  [
    "a: 1\nspec:\n  a: 1\n   b: 2\n",
    "3:6 this key has a value, and also keys below it. Correct the indentation of the next line, or remove the value.",
  ],
  [
    "a: 1\nspec:\n   a: 1\n  b: 2\n",
    "4:1 the indentation of this line fits none of the lines above it. Correct the indentation.",
  ],
  ["a: 1\nname: a: b\n", "2:7 this value has a colon in it, like a key. Put the value in quotes."],
  ['a: 1\nname: "abc\nspec: 1\n', '2:7 this " is not closed. Close the bracket or quote.'],
  ['a: 1\ncommand: [sh, -c, "sleep 5"\nspec: 1\n', "2:10 this [ is not closed. Close the bracket or quote."],
  ["a: 1\ncommand: [sh, -c, sleep 5\n", "2:10 this [ is not closed. Close the bracket or quote."],
  ["a: 1\nname: @x\n", "2:7 a value without quotes must not begin with @. Put the value in quotes."],
  [
    "a: 1\nname: *x\n",
    "2:7 this alias names no anchor above it. Put the value in quotes if it is a text, or define the anchor above it.",
  ],
  [
    "a: 1\nkind:Pod\nspec: {}\n",
    "2:1 there is no space after the colon of this key. Write a space after the colon.",
  ],
  [
    "a: 1\nlist:\n- a: 1\nb: 2\n- c: 3\n",
    "5:1 this is a list item among keys. Correct the indentation of this line, or of the lines above it.",
  ],
  ["a: 1\nx: {a: 1\ny: 2\n", "2:4 this { is not closed. Close the bracket or quote."],
  ["a: 1\nx: 'it's'\n", "2:8 this text follows the end of a value. Put the whole value in quotes."],
  [
    "a: 1\n  name: x\n",
    "1:4 this key has a value, and also keys below it. Correct the indentation of the next line, or remove the value.",
  ],
  ["a: 1\nx: - a\n", "2:4 a list begins on the line of its key. Begin the list on the next line."],
  [
    'a: 1\nx: "\\q"\n',
    "2:5 this is not an escape sequence. Write \\\\ for a backslash, or use single quotes.",
  ],
  [
    '{"kind": "Pod" "a": 1}\n',
    "1:16 a comma, a colon or a quote is missing before this text. Write the missing character.",
  ],
  ["{'kind': 'Pod'\n", "1:1 this { is not closed. Close the bracket or quote."],
  [
    "a: 1\nfoo\n",
    "2:1 this line has no key with a colon. Write the colon, or indent the line as a part of the value above it.",
  ],
  [
    "a: 1\nfoo\nb: 1\n",
    "2:1 this line has no key with a colon. Write the colon, or indent the line as a part of the value above it.",
  ],
  ["a: [b c: d, {e: f]\nx: 1\n", "1:13 this { is not closed. Close the bracket or quote."],
  ["host: *.example.com\n", "1:7 a value without quotes must not begin with *. Put the value in quotes."],
  [
    "a: b\n- c\n",
    "2:1 this is a list item among keys. Correct the indentation of this line, or of the lines above it.",
  ],
  [
    "a:\n  - b: 1\n   c: 2\n",
    "3:1 the indentation of this line fits none of the lines above it. Correct the indentation.",
  ],
  [
    'a: "x\n  b: "y"\nc: 1\n',
    '1:4 this " is closed only on a later line. Close the quote on its line, or remove the text after its end.',
  ],
  [
    "a: &x 'x\nb: 1\nc: ' y'\n",
    "1:7 this ' is closed only on a later line. Close the quote on its line, or remove the text after its end.",
  ],
  ['a: "x\n  z"\nb: "x" y\n', "3:8 this text follows the end of a value. Put the whole value in quotes."],
  [
    "a: &x\n  b: 1\nc:\n  <<: *y\n",
    "4:7 << must have a mapping, or an alias whose anchor is a mapping above it. Correct the manifest.",
  ],
  ["a: [b,,c]\n", "1:7 there is no value before this comma. Remove the comma."],
  [
    "a: >x\n  b\n",
    "1:5 a text after | or > must begin on the next line. Write the text on the next line, or put the value in quotes.",
  ],
  [
    "spec:\n  containers:\n  - name: x\n    image: y\n   command: [a]\n",
    "5:1 the indentation of this line fits none of the lines above it. Correct the indentation.",
  ],
  ["a: {b: c}}\nd: 1\n", "1:10 this bracket closes nothing. Remove the bracket."],
  ["x: 1\n*: 2\n", "2:1 this is not a key. Put the text in quotes, or correct its indentation."],
  ['a: [b, "c"', "1:4 this [ is not closed. Close the bracket or quote."],
  ['a: [b, "c"}\nd: 1\n', "1:4 this [ is not closed. Close the bracket or quote."],
  ['[{"a": 1}', "1:1 this [ is not closed. Close the bracket or quote."],
  ["a: [[b]", "1:4 this [ is not closed. Close the bracket or quote."],
  ["a: [[b", "1:5 this [ is not closed. Close the bracket or quote."],
  ["a: [b: [c", "1:8 this [ is not closed. Close the bracket or quote."],
  ['a: [b, "c]', '1:8 this " is not closed. Close the bracket or quote.'],
  [
    "a: | b\n",
    "1:6 a text after | or > must begin on the next line. Write the text on the next line, or put the value in quotes.",
  ],
  ["a:\n  - b: 1\n  \tc: 2\n", "3:1 this line is indented with a tab. Use spaces."],
  [
    "a: 1\nb:\u00a02\nc: 3\n",
    "2:1 there is no space after the colon of this key. Write a space after the colon.",
  ],
];

t.test("a syntax error is reported at its place, with a remedy", (t) => {
  for (const [text, error] of ROWS) {
    const [refused] = valuesOf(text).filter((value) => value instanceof Unreadable);
    t.equal(
      refused && `${refused.line}:${refused.column} ${refusalText(refused)}`,
      error,
      JSON.stringify(text),
    );
  }
  t.end();
});
