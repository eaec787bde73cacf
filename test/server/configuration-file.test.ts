import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { ConfigurationError } from "../../src/policy/configuration/errors.ts";
import { loadConfiguration } from "../../src/server/config/file.ts";
import "../patience.ts";

const HEAD = "apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\n";

/** The lines of a YAML alias bomb. Each line refers to the previous line nine times. */
const BOMB = Array.from(
  { length: 30 },
  (_, i) => `a${i}: &a${i} [${(i === 0 ? "x," : `*a${i - 1},`).repeat(9)}]\n`,
).join("");

/** A nesting depth that would overflow the stack of a recursive reader. */
const DEEP = 30_000;

const TOO_LARGE = /^FILE is larger than 64 KiB\. Make the file smaller\.$/;

t.test("an invalid configuration text causes an error of one line with place and reason", async (t) => {
  const rows: [title: string, text: string | Buffer, line: RegExp][] = [
    ["empty", "", /^FILE: the file must be a mapping\. Correct the file\.$/],
    ["only comments", "# nothing\n", /^FILE: the file must be a mapping\./],
    ["another text", "hello\n", /^FILE: the file must be a mapping\./],
    ["twice the same field", `${HEAD}kind: A\n`, /^FILE, line 3, column 1: this field is set twice\./],
    [
      "two documents",
      `${HEAD}---\n${HEAD}`,
      /^FILE, line 3, column 1: a second document begins here, and the file must/,
    ],
    [
      "tabs",
      `${HEAD}inject:\n\tcontainers: All\n`,
      /^FILE, line 4, column 1: Tabs are not allowed as indentation\./,
    ],
    ["an open bracket", `${HEAD}programs: [\n`, /^FILE, line 4, column 1: /],
    ["a tag", `${HEAD}strategy: !fit Fit\n`, /^FILE, line 3, column 11: Unresolved tag: !fit\./],
    [
      "a key that is a list",
      `${HEAD}? [a]\n: 1\n`,
      /^FILE, line 3, column 3: the name of a field must be a string\./,
    ],
    ["a key that is a number", `${HEAD}1: 1\n`, /the file has an unknown field "1" /],
    [
      "an exponent",
      `${HEAD}shutdownSeconds: 1e1\n`,
      /^FILE, line 3, column 18: write 10 as 10, not as 1e1\./,
    ],
    ["an octal number of YAML 1.1", `${HEAD}shutdownSeconds: 010\n`, /: write 10 as 10, not as 010\./],
    ["an octal number", `${HEAD}shutdownSeconds: 0o10\n`, /: write 8 as 8, not as 0o10\./],
    ["a hexadecimal number", `${HEAD}shutdownSeconds: 0x1F\n`, /: write 31 as 31, not as 0x1F\./],
    ["a plus", `${HEAD}shutdownSeconds: +5\n`, /: write 5 as 5, not as \+5\./],
    ["a point", `${HEAD}shutdownSeconds: 5.0\n`, /: write 5 as 5, not as 5\.0\./],
    ["a negative zero", `${HEAD}shutdownSeconds: -0\n`, /: write 0 as 0, not as -0\./],
    [
      "underscores",
      `${HEAD}shutdownSeconds: 1_0\n`,
      /shutdownSeconds must be a whole number .*, not "1_0"\./,
    ],
    ["a fraction", `${HEAD}shutdownSeconds: 1.5\n`, /shutdownSeconds must be a whole number .*, not 1\.5\./],
    [
      "infinity",
      `${HEAD}shutdownSeconds: .inf\n`,
      /shutdownSeconds must be a whole number .*, not Infinity\./,
    ],
    ["digits of another script", `${HEAD}shutdownSeconds: \u0661\u0660\n`, /whole number .*, not "\?\?"\./],
    ["nothing after the colon", `${HEAD}programs:\n`, /programs must be a list, and has no value\./],
    [
      "a version without quotes",
      `${HEAD}kubernetesVersion: 1.30\n`,
      /in quotes, such as "1\.37", not 1\.3\./,
    ],
    [
      "YAML 1.1",
      `%YAML 1.1\n---\n${HEAD}sleepAction: Off\n`,
      /sleepAction must be .*, not false: put "Off" in quotes\./,
    ],
    ["a merge key", `${HEAD}inject:\n  <<: {containers: All}\n`, /inject has an unknown field "<<"/],
    [
      "two fields at fault",
      `${HEAD}strategy: 1\ntemplates: 1\n`,
      /^FILE: strategy must .*; templates must .*\. Correct/,
    ],
    [
      "an alias to nothing",
      `${HEAD}strategy: *${"x".repeat(999)}\n`,
      /^FILE: Unresolved alias .*\.\.\.\. Correct the aliases/,
    ],
    [
      "an alias bomb",
      `${HEAD}${BOMB}`,
      /^FILE: Excessive alias count .*\. Correct the aliases, or replace each alias by its value\.$/,
    ],
    ["an alias to itself", `${HEAD}programs: &a [*a]\n`, /programs\[0\] must be a mapping, not a list\./],
    [
      "deep lists",
      `${HEAD}programs: ${"[".repeat(DEEP)}`,
      /^FILE, line \d+, column \d+: this is nested too deeply\./,
    ],
    ["deep mappings", `${HEAD}${"{a: ".repeat(DEEP / 3)}`, /^FILE, line \d+, column \d+: /],
    ["a terminal's colours", `${HEAD}strategy: "\\e[31m"\n`, /, not "\?\[31m"\./],
    ["UTF-16", Buffer.from(HEAD, "utf16le"), /^FILE: |^FILE, line 1|^FILE is no text in UTF-8/],
    ["no UTF-8", Buffer.from([0x61, 0x3a, 0xff]), /^FILE is not valid UTF-8\. Save the file as UTF-8\.$/],
    ["64 KiB and a byte", `${HEAD}${"#".repeat(64 * 1024 + 1 - HEAD.length)}`, TOO_LARGE],
    ["5 MiB", `${HEAD}${"# padding\n".repeat(524_288)}`, TOO_LARGE],
  ];
  const file = join(t.testdir(), "config.yaml");
  for (const [title, text, line] of rows) {
    writeFileSync(file, text);
    const error = await loadConfiguration(file).catch((error: unknown) => error);
    t.ok(error instanceof ConfigurationError, `${title} is refused as such`);
    const { message } = error as Error;
    t.match(message.replaceAll(file, "FILE"), line, title);
    t.match(message, /^[ -~]{1,1200}$/, `${title}: one printable line`);
  }
});

t.test("a path that is not a regular file is refused without waiting", async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, "folder"));
  const rows: [path: string, line: RegExp][] = [
    [
      join(folder, "none.yaml"),
      /^there is no configuration file .*none\.yaml\. Create the file, or give another path with --config/,
    ],
    [
      join(folder, "folder"),
      /folder is not a regular file\. Give the path of a readable file with --config\.$/,
    ],
    ["/dev/zero", /^\/dev\/zero is not a regular file\./],
    [join(folder, "folder/x\0y"), /cannot be read \(ERR_INVALID_ARG_VALUE\)/],
  ];
  for (const [path, line] of rows)
    t.match((await loadConfiguration(path).catch((error) => error)).message, line);
});

t.test("realistic configuration texts are read", async (t) => {
  const file = join(t.testdir(), "config.yaml");
  const texts: [title: string, text: string][] = [
    ["a byte order mark", `\ufeff${HEAD}sleepAction: Off\n`],
    ["Windows line ends", `${HEAD}sleepAction: Off\n`.replaceAll("\n", "\r\n")],
    ["a document start", `---\n${HEAD}sleepAction: Off\n`],
    ["a document end", `${HEAD}sleepAction: Off\n...\n`],
    [
      "JSON",
      '{"apiVersion": "gracekeeper.dev/v1alpha1", "kind": "GracekeeperConfiguration", "sleepAction": "Off"}',
    ],
    ["quotes", `${HEAD}sleepAction: "Off"\n`],
    ["anchors", `${HEAD}sleepAction: &off Off\nactions: {hook-missing: *off}\n`],
    ["64 KiB", `${HEAD}sleepAction: Off\n`.padEnd(64 * 1024, "#")],
  ];
  for (const [title, text] of texts) {
    writeFileSync(file, text);
    t.equal((await loadConfiguration(file)).sleepAction, "Off", title);
  }
});
