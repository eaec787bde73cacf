/**
 * Generates random shell scripts from a grammar of the constructs in hooks. Each script lists its constructs, so that a
 * run can show that it covered all.
 */
import { Random } from "./random.ts";

export interface Grown {
  readonly text: string;
  /** Whether the script needs bash. */
  readonly bash: boolean;
  readonly constructs: ReadonlySet<string>;
  /**
   * Whether the time of the script depends on facts of run time, such as a file that may exist or a program's exit
   * code.
   */
  readonly unknown: boolean;
  readonly nodes: number;
}

export const CONSTRUCTS = [
  "if",
  "case",
  "for",
  "c-style for",
  "while, known",
  "while, unknown",
  "until",
  "deadline",
  "large count",
  "read -t",
  "function",
  "wait",
  "background",
  "trap",
  "set -e",
  "here-document",
  "array",
  "arithmetic",
  "default expansion",
  "substitution",
  "seq",
  "printf",
  "expr",
  "brace expansion",
  "eval",
  "exec",
  "exit",
  "return",
  "break",
  "continue",
  "process substitution",
  "continuation line",
  "carriage return",
  "pipeline",
  "subshell",
  "and-or",
  "negation",
  "timeout",
  "kill",
  "redirection",
  "read loop",
  "local",
  "[[ ]]",
  "nested sh",
] as const;

type Construct = (typeof CONSTRUCTS)[number];

interface Inside {
  readonly depth: number;
  readonly loops: number;
  readonly inFunction: boolean;
  /**
   * Whether the commands are in a subshell within a loop or function. In such a subshell `break` and `return` have
   * another effect.
   */
  readonly apart: boolean;
}

/** Constructs that the hook reader does not evaluate exactly. The bounds for such scripts must still be right. */
export const GIVEN_UP =
  /\bunset\b|\blet\b|\bmapfile\b|[<>]\(|\$\{#|\$\{\w+(#|%)|=\(|\$\{\w+\[|a\*|\?\)|\[xy\]|\| cat|\| true|\| \{|\| while|\bfor \(\(|\{1,2\}|printf '%s'|read x y|date \+%s|read (-r )?-t/;

class Grower {
  readonly #random: Random;
  readonly #bash: boolean;
  readonly #used = new Set<Construct>();
  readonly #functions: string[] = [];
  #nodes = 0;
  #names = 0;
  #unknown = false;
  #jobs: string[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#bash = random.chance(0.45);
  }

  grow(): Grown {
    const random = this.#random;
    const lines: string[] = [];
    if (random.chance(0.25)) lines.push(this.#note("set -e", random.pick(["set -e", "set -eu", "set -e"])));
    if (random.chance(0.1)) lines.push(this.#note("trap", `trap '${this.#wait(1)}' EXIT`));
    if (random.chance(0.2)) lines.push(this.#defineFunction());
    if (random.chance(0.2)) lines.push(this.#assignment());
    const count = random.between(2, 5);
    for (let i = 0; i < count; i++)
      lines.push(this.#statement({ depth: 0, loops: 0, inFunction: false, apart: false }));
    if (random.chance(0.15)) lines.push(this.#note("wait", "wait"));
    if (random.chance(0.05)) lines.push(this.#note("exec", `exec ${this.#wait(2)}`));
    let text = lines.join(random.chance(0.6) ? "\n" : "\n");
    if (random.chance(0.03)) {
      this.#used.add("carriage return");
      text = text.replaceAll("\n", "\r\n");
    }
    return { text, bash: this.#bash, constructs: this.#used, unknown: this.#unknown, nodes: this.#nodes };
  }

  #note(construct: Construct, text: string): string {
    this.#used.add(construct);
    if (GIVEN_UP.test(text)) this.#unknown = true;
    this.#nodes += 1;
    return text;
  }

  #fresh(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** A wait of constant length, written in one of many ways. */
  #wait(most: number): string {
    const n = this.#random.between(1, most);
    this.#nodes += 1;
    const plain = `sleep ${n}`;
    return this.#random.weighted<() => string>([
      [10, () => plain],
      [1, () => `sleep ${n}s`],
      [1, () => this.#note("arithmetic", `sleep $((${n} + ${this.#random.between(0, 1)}))`)],
      [1, () => this.#note("substitution", `sleep $(echo ${n})`)],
      [1, () => this.#note("substitution", `sleep \`echo ${n}\``)],
      [0.7, () => this.#note("expr", `sleep $(expr ${n} + 1)`)],
      [0.7, () => this.#note("printf", `sleep "$(printf '${n}\\n')"`)],
      [0.1, () => this.#note("printf", `sleep "$(printf '%s' ${n})"`)],
      [0.6, () => this.#note("continuation line", `sleep \\\n  ${n}`)],
      [0.6, () => this.#note("redirection", `${plain} >/dev/null 2>&1`)],
      [
        0.5,
        () =>
          this.#note("timeout", `timeout ${this.#random.between(1, 4)} sleep ${this.#random.between(1, 5)}`),
      ],
      [
        0.3,
        () =>
          this.#note(
            "timeout",
            `timeout -k 2 ${this.#random.between(1, 4)} sleep ${this.#random.between(1, 5)}`,
          ),
      ],
      [
        0.3,
        () =>
          this.#note("nested sh", `sh -c 'sleep ${n}; ${this.#random.pick(["true", "sleep 1", "exit 3"])}'`),
      ],
      [0.4, () => (this.#random.chance(0.5) ? plain : `command sleep ${n}`)],
    ])();
  }

  #statement(inside: Inside): string {
    this.#nodes += 1;
    const random = this.#random;
    if (inside.depth >= 3) return this.#leaf(inside);
    const deeper: Inside = { ...inside, depth: inside.depth + 1 };
    return random.weighted<() => string>([
      [5, () => this.#leaf(inside)],
      [1.2, () => this.#ifThen(deeper)],
      [0.8, () => this.#caseOf(deeper)],
      [1, () => this.#forLoop(deeper)],
      [0.8, () => this.#countedLoop(deeper)],
      [0.35, () => this.#doubtfulLoop(deeper)],
      [0.3, () => this.#deadlineLoop(deeper)],
      [inside.loops === 0 ? 0.06 : 0, () => this.#largeCount()],
      [0.8, () => this.#background(deeper)],
      [0.6, () => this.#note("subshell", `( ${this.#block(this.#apart(deeper))}\n)`)],
      [
        0.4,
        () =>
          `{ ${this.#block(deeper)}\n}${random.chance(0.3) ? this.#note("redirection", " >/dev/null") : ""}`,
      ],
      [1, () => this.#andOr(deeper)],
      [0.6, () => this.#pipeline(deeper)],
      [0.5, () => this.#evalText()],
      [0.5, () => this.#hereDocument()],
      [0.5, () => this.#readLoop(this.#apart(deeper))],
      [0.12, () => this.#readWithLimit()],
      [0.5, () => this.#defaults()],
      [0.5, () => (this.#functions.length > 0 ? random.pick(this.#functions) : this.#defineFunction())],
      [this.#bash ? 3.5 : 0, () => this.#bashForm(deeper)],
    ])();
  }

  #apart(inside: Inside): Inside {
    return {
      ...inside,
      loops: 0,
      inFunction: false,
      apart: inside.apart || inside.loops > 0 || inside.inFunction,
    };
  }

  #block(inside: Inside): string {
    const count = this.#random.between(1, 2);
    return Array.from({ length: count }, () => this.#statement(inside)).join("\n");
  }

  #leaf(inside: Inside): string {
    const random = this.#random;
    return random.weighted<() => string>([
      [8, () => this.#wait(4)],
      [1.2, () => random.pick(["true", "false", ":", "echo done", "test 1 -lt 2", "[ a = b ]"])],
      [inside.loops > 0 ? 0.9 : 0, () => this.#leaveLoop(inside)],
      [inside.inFunction ? 1 : 0, () => this.#note("return", `return ${random.between(0, 1)}`)],
      [
        inside.depth > 0 && !inside.inFunction ? 0.35 : 0.05,
        () => this.#note("exit", `exit ${random.pick(["", "0", "1", "3"])}`.trim()),
      ],
      [0.5, () => this.#note("negation", `! ${random.pick(["true", "false", this.#wait(2)])}`)],
      [0.4, () => this.#assignment()],
      [0.25, () => this.#chance()],
      [0.12, () => this.#note("set -e", random.pick(["set -e", "set +e"]))],
      [this.#jobs.length > 0 ? 1.2 : 0.1, () => this.#waitFor()],
    ])();
  }

  #leaveLoop(inside: Inside): string {
    const construct = this.#random.pick(["break", "continue"] as const);
    const levels = inside.loops > 1 && this.#random.chance(0.2) ? " 2" : "";
    return this.#note(
      construct,
      this.#random.chance(0.5) ? `${this.#known()} && ${construct}${levels}` : `${construct}${levels}`,
    );
  }

  /** A command whose exit code is only known at run time. */
  #chance(): string {
    this.#unknown = true;
    return this.#random.pick(["chance", "[ -e flag ]", "test -f flag", "! chance"]);
  }

  #known(): string {
    return this.#random.pick([
      "true",
      "false",
      "[ 1 -eq 1 ]",
      "[ a != a ]",
      '[ -n "x" ]',
      '[ -z "x" ]',
      "test 3 -gt 2",
    ]);
  }

  #condition(): string {
    if (this.#random.chance(0.12)) return this.#chance();
    return this.#random.chance(0.15) ? `${this.#wait(2)}; ${this.#known()}` : this.#known();
  }

  #ifThen(inside: Inside): string {
    const elif = this.#random.chance(0.25) ? `elif ${this.#condition()}; then ${this.#block(inside)}\n` : "";
    const other = this.#random.chance(0.5) ? `else ${this.#block(inside)}\n` : "";
    return this.#note("if", `if ${this.#condition()}; then ${this.#block(inside)}\n${elif}${other}fi`);
  }

  #caseOf(inside: Inside): string {
    const word = this.#random.pick(["abc", "b", "x1", '"a b"', "$(echo b)"]);
    const first = this.#random.pick(["a*", "b", "?", "b", "abc", "x1", "a\\ b"]);
    return this.#note(
      "case",
      `case ${word} in ${first}) ${this.#block(inside)}\n;; b|c) ${this.#block(inside)}\n;; *) ${this.#block(inside)}\n;; esac`,
    );
  }

  #forLoop(inside: Inside): string {
    const name = this.#fresh("i");
    const words = this.#random.weighted<() => string>([
      [3, () => this.#random.pick(["1 2", "a b c", "1", "2 1"])],
      [1, () => this.#note("seq", `$(seq ${this.#random.between(0, 3)})`)],
      [0.5, () => this.#note("substitution", "$(echo a b)")],
    ])();
    const body =
      /^[\d ]+$/.test(words) && this.#random.chance(0.5)
        ? `sleep $${name}`
        : this.#block(this.#inLoop(inside));
    return this.#note("for", `for ${name} in ${words}; do ${body}\ndone`);
  }

  #inLoop(inside: Inside): Inside {
    return { ...inside, loops: inside.loops + 1 };
  }

  #countedLoop(inside: Inside): string {
    const name = this.#fresh("n");
    const limit = this.#random.between(1, 3);
    const step = this.#random.chance(0.7)
      ? this.#note("arithmetic", `${name}=$((${name} + 1))`)
      : this.#note("expr", `${name}=$(expr $${name} + 1)`);
    const body = `${step}; ${this.#block(this.#inLoop(inside))}`;
    if (this.#random.chance(0.4))
      return this.#note("until", `${name}=0; until [ $${name} -ge ${limit} ]; do ${body}\ndone`);
    return this.#note("while, known", `${name}=0; while [ "$${name}" -lt ${limit} ]; do ${body}\ndone`);
  }

  #doubtfulLoop(inside: Inside): string {
    this.#unknown = true;
    if (this.#random.chance(0.5))
      return this.#note("while, unknown", `while chance; do ${this.#wait(2)}\ndone`);
    const name = this.#fresh("n");
    return this.#note(
      "while, unknown",
      `${name}=0; while [ $${name} -lt 3 ] && chance; do ${name}=$((${name} + 1)); ${this.#block(this.#inLoop(inside))}\ndone`,
    );
  }

  /** A loop until a deadline of the clock. The first command of the loop takes time, so that the loop never spins. */
  #deadlineLoop(inside: Inside): string {
    const random = this.#random;
    const name = this.#fresh("t");
    const limit = random.between(2, 9);
    const [start, condition] = random.pick([
      [`$(date +%s)`, `$(( $(date +%s) - ${name} )) -lt ${limit}`],
      [`$(($(date +%s) + ${limit}))`, `$(date +%s) -lt $${name}`],
      [`$((\`date +%s\` + ${limit}))`, `$(( ${name} - $(date +%s) )) -gt 0`],
    ] as const);
    const body = `${this.#wait(3)}; ${this.#block(this.#inLoop(inside))}`;
    const loop = random.weighted<() => string>([
      [3, () => `while [ ${condition} ]; do ${body}\ndone`],
      [1, () => `until ! [ ${condition} ]; do ${body}\ndone`],
      [1, () => `while true; do [ ${condition} ] || break; ${body}\ndone`],
      [
        1,
        () =>
          `while [ ${condition} ] && ${random.chance(0.5) ? this.#known() : this.#chance()}; do ${body}\ndone`,
      ],
    ])();
    return this.#note("deadline", `${name}=${start}\n${loop}`);
  }

  #largeCount(): string {
    const wait = this.#wait(2);
    const leave = () => `${this.#chance()} && ${this.#random.pick(["break", "continue", "exit"])}; ${wait}`;
    const body = this.#random.chance(0.5)
      ? wait
      : this.#random.pick([leave, () => `( ${wait} ) &\n${wait}`])();
    return this.#note(
      "large count",
      `for ${this.#fresh("i")} in $(seq ${this.#random.between(61, 70)}); do ${body}\ndone`,
    );
  }

  #background(inside: Inside): string {
    const random = this.#random;
    const quiet = random.chance(0.4) ? this.#note("redirection", " >/dev/null 2>&1") : "";
    const what = random.chance(0.6)
      ? `sleep ${random.between(1, 5)}`
      : `( ${this.#block(this.#apart(inside))}\n)`;
    const started = this.#note("background", `${what}${quiet} &`);
    if (random.chance(0.35))
      return `${started}\n${random.chance(0.5) ? this.#wait(3) : ":"}\n${this.#note("wait", "wait")}`;
    if (random.chance(0.4)) {
      const name = this.#fresh("p");
      this.#jobs.push(name);
      const next = random.weighted<() => string>([
        [2, () => this.#note("wait", `wait $${name}`)],
        [1, () => this.#note("kill", `kill $${name}`)],
        [1, () => `${this.#wait(2)}; ${this.#note("kill", `kill $${name} 2>/dev/null`)}; wait`],
      ])();
      return `${started}\n${name}=$!\n${next}`;
    }
    return started;
  }

  #waitFor(): string {
    return this.#note("wait", "wait");
  }

  #andOr(inside: Inside): string {
    const random = this.#random;
    const count = random.between(2, 3);
    const pieces = Array.from({ length: count }, () =>
      random.chance(0.5)
        ? this.#known()
        : random.chance(0.3)
          ? `( ${this.#block(this.#apart(inside))}\n)`
          : this.#wait(3),
    );
    return this.#note(
      "and-or",
      pieces.reduce((text, piece) => `${text} ${random.pick(["&&", "||"])} ${piece}`),
    );
  }

  #pipeline(inside: Inside): string {
    const random = this.#random;
    const piece = (): string =>
      random.chance(0.6) ? this.#wait(4) : `{ ${this.#block(this.#apart(inside))}\n}`;
    const last = random.weighted<() => string>([
      [3, piece],
      [1, () => "cat"],
      [1, () => "cat >/dev/null"],
      [0.6, () => "true"],
      [0.5, () => "{ sleep 1; cat; }"],
    ])();
    return this.#note("pipeline", `${piece()} | ${random.chance(0.2) ? `${piece()} | ` : ""}${last}`);
  }

  #evalText(): string {
    return this.#note(
      "eval",
      this.#random.pick([
        `eval '${this.#wait(2).replaceAll("'", "")}'`,
        'eval "sleep $((1 + 1))"',
        "eval sleep 1",
        "x='sleep 2'; eval \"$x\"",
      ]),
    );
  }

  #hereDocument(): string {
    return this.#note(
      "here-document",
      this.#random.pick([
        "cat <<EOF\nhello\nEOF",
        "cat <<'EOF' >/dev/null\n$HOME $(sleep 9)\nEOF",
        "while read -r l; do sleep $l; done <<EOF\n1\n2\nEOF",
        "cat <<EOF | { read a; read b; sleep $b; }\n1\n3\nEOF",
        "sh <<EOF\nsleep 1\nEOF",
        "cat <<-EOF\n\t$(sleep 2)\n\tEOF",
        "read x y <<EOF\n1 2\nEOF\nsleep $y",
      ]),
    );
  }

  /** `read -t`. A real wait for input would take no virtual time, so the input is complete or at its end. */
  #readWithLimit(): string {
    const n = this.#random.between(1, 3);
    const options = this.#random.pick(["-t 9", "-r -t9", "-t 2.5"]);
    return this.#note(
      "read -t",
      this.#random.pick([
        `read ${options} x </dev/null || sleep ${n}`,
        `echo ${n} | { read ${options} x; sleep $x; }`,
        `read ${options} x <<EOF\n${n}\nEOF\nsleep 1`,
      ]),
    );
  }

  #readLoop(inside: Inside): string {
    const random = this.#random;
    const source = random.pick(["seq 2", "printf '1\\n2\\n'", "{ echo 1; sleep 2; echo 2; }", "echo a b"]);
    const body = random.chance(0.5) ? this.#wait(2) : this.#block(inside);
    return this.#note(
      "read loop",
      `${source} | while read ${random.pick(["a", "-r a b"])}; do ${body}\ndone`,
    );
  }

  #defaults(): string {
    const n = this.#random.between(1, 3);
    if (this.#random.chance(0.25)) {
      this.#unknown = true;
      return this.#note("default expansion", `sleep \${MAYBE_SET:-${n}}`);
    }
    const name = this.#fresh("d");
    return this.#note(
      "default expansion",
      this.#random.pick([
        `${name}=; sleep \${${name}:-${n}}`,
        `${name}=2; sleep \${${name}:-${n}}`,
        `unset ${name}; sleep \${${name}-${n}}`,
        `${name}=x; sleep \${${name}:+${n}}`,
        `unset ${name}; : \${${name}:=${n}}; sleep $${name}`,
        `${name}=web-${n}; sleep \${${name}##*-}`,
        `${name}=${n}.x.y; sleep "\${${name}%%.*}"`,
        `${name}=abc; sleep \${#${name}}`,
      ]),
    );
  }

  #assignment(): string {
    const name = this.#fresh("v");
    return this.#random.pick([
      this.#note("arithmetic", `${name}=$((2 * 3 % 4)); sleep $${name}`),
      `${name}=2; sleep "$${name}"`,
      `${name}="1 2"; sleep $${name}`,
      this.#note("substitution", `${name}=$(sleep 1; echo 2); sleep $${name}`),
      this.#note("substitution", `${name}=$(false; sleep 1; false) || sleep 1`),
      this.#note("arithmetic", `${name}=7; sleep $(( (${name} + 1) / 4 ))`),
      this.#note("substitution", `${name}=$(sleep 2 & echo 1)`),
      this.#note("substitution", "echo $(false; sleep 1) >/dev/null"),
      this.#note("background", "{ ( false; sleep 1 ) & wait; } || sleep 1"),
      this.#note("background", "( sleep 1; false; sleep 1 ) & wait $! || sleep 1"),
    ]);
  }

  #defineFunction(): string {
    const name = this.#fresh("f");
    const inside: Inside = { depth: 2, loops: 0, inFunction: true, apart: false };
    const body = this.#random.weighted<() => string>([
      [3, () => this.#block(inside)],
      [1, () => "sleep $1"],
      [1, () => this.#note("local", "local t=$1; sleep $t")],
    ])();
    const takes = /\$1/.test(body);
    this.#functions.push(takes ? `${name} 2` : name);
    return this.#note(
      "function",
      `${name}() {\n${body}\n}${this.#random.chance(0.5) ? `\n${name} ${takes ? "1" : ""}`.trimEnd() : ""}`,
    );
  }

  #bashForm(inside: Inside): string {
    const random = this.#random;
    const name = this.#fresh("b");
    return random.weighted<() => string>([
      [
        2,
        () =>
          this.#note(
            "array",
            random.pick([
              `${name}=(1 2); for x in "\${${name}[@]}"; do sleep $x; done`,
              `${name}=(3 1); sleep \${${name}[1]}`,
              `${name}=(a b c); sleep \${#${name}[@]}`,
              `${name}=(1); ${name}+=(2); sleep "\${${name}[@]}"`,
              `${name}=(1 2); ${name}[0]=3; sleep $${name}`,
            ]),
          ),
      ],
      [
        2,
        () =>
          this.#note(
            "c-style for",
            `for ((${name}=0; ${name}<${random.between(1, 3)}; ${name}++)); do ${this.#block(this.#inLoop(inside))}\ndone`,
          ),
      ],
      [
        2,
        () =>
          this.#note(
            "brace expansion",
            `for ${name} in {1..${random.between(1, 3)}}; do ${this.#block(this.#inLoop(inside))}\ndone`,
          ),
      ],
      [0.5, () => this.#note("brace expansion", "sleep {1,2}")],
      [
        1.6,
        () =>
          this.#note(
            "process substitution",
            random.pick([
              `cat <(sleep ${random.between(1, 3)}; echo x) >/dev/null`,
              `while read ${name}; do sleep $${name}; done < <(seq 2)`,
              `while read ${name}; do sleep 1 & done < <(sleep ${random.between(1, 3)}; seq 2); wait`,
              `read ${name} < <(sleep 1; echo 2); sleep $${name}`,
              `mapfile -t ${name} < <(printf '1\\n2\\n'); sleep \${${name}[1]}`,
              `wc -l <(sleep 2) <(sleep 1) >/dev/null`,
            ]),
          ),
      ],
      [
        1.5,
        () =>
          this.#note(
            "[[ ]]",
            `if [[ ${random.pick(["a == a*", "-n x", "3 -gt 4", "a != b && b == c", "! -z x"])} ]]; then ${this.#block(inside)}\nfi`,
          ),
      ],
      [
        1,
        () =>
          this.#note(
            "arithmetic",
            random.pick([
              `((${name} = 2)); sleep $${name}`,
              `let ${name}=1+1; sleep $${name}`,
              `${name}=0; ((${name}++)) || sleep 1`,
              "(( 2 > 1 )) && sleep 1",
            ]),
          ),
      ],
      [0.6, () => `cat <<< hello >/dev/null; ${this.#wait(2)}`],
    ])();
  }
}

/** The script that this seed generates. */
export function grow(seed: number): Grown {
  return new Grower(new Random(seed)).grow();
}
