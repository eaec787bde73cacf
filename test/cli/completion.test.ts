import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import t, { type Test } from "tap";
import "../patience.ts";

/** Tests `gracekeeper complete SHELL` in real shells. TYPED maps a line before Tab to the line after Tab. */
const MAIN = join(import.meta.dirname, "../../src/main.ts");

const TYPED: Readonly<Record<string, string>> = {
  "gracekeeper che": "gracekeeper check ",
  "gracekeeper check --fail-on d": "gracekeeper check --fail-on deny ",
  "gracekeeper check --fail-on=d": "gracekeeper check --fail-on=deny ",
  "gracekeeper check --sh": "gracekeeper check --show ",
  "gracekeeper explain --on sp": "gracekeeper explain --on spot ",
  "gracekeeper check we": "gracekeeper check web.yaml ",
  "gracekeeper check --config we": "gracekeeper check --config web.yaml ",
  "gracekeeper check web.yaml --kub": "gracekeeper check web.yaml --kubernetes-version ",
};

/** A folder with a manifest, an executable `gracekeeper`, and a file with the completion script of the shell. */
function folder(t: Test, shell: string) {
  const script = execFileSync(process.execPath, [MAIN, "complete", shell], { encoding: "utf8" });
  const cwd = t.testdir({ "web.yaml": "", "b.txt": "", bin: {}, completion: script });
  writeFileSync(join(cwd, "bin/gracekeeper"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
  chmodSync(join(cwd, "bin/gracekeeper"), 0o755);
  const PATH = `${join(cwd, "bin")}${delimiter}${process.env["PATH"]}`;
  return { cwd, encoding: "utf8", env: { ...process.env, PATH } } as const;
}

function skipWithout(shell: string) {
  const isThere = spawnSync(shell, ["--version"]).status === 0;
  return { skip: isThere ? false : `${shell} is not installed` };
}

/** Types each line and Tab into a zsh on a pseudo-terminal (zshmodules(1), zsh/zpty), and prints the completed line. */
const TYPE_INTO_ZSH = String.raw`
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1='' PROMPT_EOL_MARK='' TERM=dumb; autoload -Uz compinit; compinit -u -D; source ./completion
  shown() { print -r -- \"<<\$BUFFER>>\"; BUFFER='' }; zle -N shown; bindkey '^X' shown; bindkey '^I' complete-word
  print REA''DY"
zpty -r z out '*READY*'
for line; do
  zpty -n -w z "$line"$'\t\x18'
  zpty -r z out '*<<*>>*'
  print -r -- "\${\${out##*<<}%%>>*}|"
done
`.replaceAll("\\${", "${");

t.test("completion in zsh", skipWithout("zsh"), async (t) => {
  const typed = Object.keys(TYPED);
  const { stdout, stderr } = spawnSync("zsh", ["-fc", TYPE_INTO_ZSH, "zsh", ...typed], folder(t, "zsh"));
  t.same(stdout.split("|\n").slice(0, -1), Object.values(TYPED), stderr);
});

t.test("completion in fish", skipWithout("fish"), async (t) => {
  const options = folder(t, "fish");
  const proposed = (line: string): readonly string[] => {
    const script = "source ./completion; complete -C $argv[1]";
    const { stdout } = spawnSync("fish", ["--no-config", "-c", script, line], options);
    return stdout.trimEnd().split("\n");
  };
  for (const [line, wanted] of Object.entries(TYPED)) {
    // fish prints the proposed last word, a tab, and its description.
    const words = proposed(line).map((one) => one.split("\t")[0]);
    t.same(words, [wanted.trimEnd().split(" ").at(-1)], line);
  }
  t.match(proposed("gracekeeper che"), [/^check\tfind pods in manifests that would not stop well$/]);
});
