import fc from "fast-check";
import t from "tap";
import { check } from "../../src/check/check.ts";
import { cases } from "../cases.ts";
import { CONTEXT } from "../reviews.ts";
import "../patience.ts";

/**
 * Generates manifests with a Deployment. The hook of the Deployment takes 45 s; the grace period is shorter or absent.
 * The generator marks the field that must be reported. The generator's marks are removed before `check` reads the text.
 */

/** The marks around the field at fault: the grace period, or the hook if there is no grace period. */
const [OPEN, CLOSE] = ["\u0001", "\u0002"];

interface Layout {
  readonly newline: "\n" | "\r\n";
  readonly byteOrderMark: boolean;
  readonly before: readonly string[];
  readonly after: string;
  readonly around: "nothing" | "List" | "DeploymentList" | "items";
  readonly step: 2 | 4;
  /** Whether list items are indented below their key. */
  readonly deepItems: boolean;
  readonly quotes: "" | "'" | '"';
  readonly comment: string;
  readonly grace: "none" | "written" | "anchor" | "merge";
  readonly hook: "flow" | "block" | "folded" | "literal" | "sleep" | "alias" | "merge" | "merge list";
  readonly containers: number;
}

const layout: fc.Arbitrary<Layout> = fc.record({
  newline: fc.constantFrom("\n", "\r\n"),
  byteOrderMark: fc.boolean(),
  before: fc.array(
    fc.constantFrom(
      "",
      "# only a comment\n",
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
      "apiVersion: v1\nkind: ConfigMap\ndata:\n  text: |\n    kind: Deployment\n     --- not a marker\n",
      "%YAML 1.1\n",
    ),
    { maxLength: 3 },
  ),
  after: fc.constantFrom("", "---\n", "...\n", "---\napiVersion: v1\nkind: Secret\n"),
  around: fc.constantFrom("nothing", "List", "DeploymentList", "items"),
  step: fc.constantFrom(2, 4),
  deepItems: fc.boolean(),
  quotes: fc.constantFrom("", "", "'", '"'),
  comment: fc.constantFrom("", "", " # note", "  # a: b"),
  grace: fc.constantFrom("none", "none", "written", "anchor", "merge"),
  hook: fc.constantFrom("flow", "block", "folded", "literal", "sleep", "alias", "merge", "merge list"),
  containers: fc.nat(3),
});

/** Lines of YAML that can be indented. */
type Block = readonly string[];

const marked = (block: Block): Block =>
  block.map((line, index) => {
    const opened = index === 0 ? `${OPEN}${line}` : line;
    return index === block.length - 1 ? `${opened}${CLOSE}` : opened;
  });

function textOf(plan: Layout): string {
  const { step, quotes, comment } = plan;
  const key = (name: string): string => `${quotes}${name}${quotes}:`;
  const indented = (block: Block): Block => block.map((line) => `${" ".repeat(step)}${line}`);
  const member = (name: string, block: Block): Block => [`${key(name)}${comment}`, ...indented(block)];
  const items = (blocks: readonly Block[]): Block => {
    const all = blocks.flatMap((block) =>
      block.map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`)),
    );
    return plan.deepItems ? indented(all) : all;
  };
  const list = (name: string, blocks: readonly Block[]): Block => [
    `${key(name)}${comment}`,
    ...items(blocks),
  ];

  const command: Record<"flow" | "block" | "folded" | "literal", Block> = {
    flow: [`${key("command")} [sh, -c, "sleep 45"]`],
    block: list("command", [["sh"], ["-c"], ["sleep 45"]]),
    folded: list("command", [["sh"], ["-c"], [">-", "  sleep", "  45"]]),
    literal: list("command", [["sh"], ["-c"], ["|", "  sleep 40", "  sleep 5"]]),
  };
  const ownHook = plan.hook === "alias" || plan.hook.startsWith("merge") ? "block" : plan.hook;
  const action =
    ownHook === "sleep" ? [`${key("sleep")} {seconds: 45}`] : member("exec", command[ownHook as "block"]);
  const preStop = member("preStop", action);
  const hook = plan.grace === "none" ? marked(preStop) : preStop;
  const grace = marked([`${key("terminationGracePeriodSeconds")} 20`]);

  const lifecycle = member("lifecycle", hook);
  const web: Record<string, Block> = {
    alias: [`${key("name")} web`, `${key("lifecycle")} *shared`],
    merge: ["<<: *shared", `${key("name")} web`],
    "merge list": [`${key("name")} web`, "<<: [*other, *shared]"],
  };
  const shared: Record<string, Block> = {
    alias: [`${key("x-shared")} &shared`, ...indented(hook)],
    merge: [`${key("x-shared")} &shared`, ...indented(lifecycle)],
    "merge list": [
      `${key("x-other")} &other {image: web}`,
      `${key("x-shared")} &shared`,
      ...indented(lifecycle),
    ],
  };
  const sharedGrace: Block = plan.grace === "merge" ? [`${key("x-spec")} &spec`, ...indented(grace)] : [];
  const own: Record<Layout["grace"], Block> = {
    none: [],
    written: grace,
    anchor: marked([`${key("terminationGracePeriodSeconds")} &seconds 20`]),
    merge: ["<<: *spec"],
  };
  const others = Array.from({ length: plan.containers }, (_, index) => [`${key("name")} other-${index}`]);
  const spec = [
    ...own[plan.grace],
    ...list("containers", [...others, web[plan.hook] ?? [`${key("name")} web`, ...lifecycle]]),
  ];
  const isTyped = plan.around !== "DeploymentList";
  const deployment = [
    ...(isTyped ? [`${key("apiVersion")} apps/v1`, `${key("kind")} Deployment`] : []),
    ...(shared[plan.hook] ?? []),
    ...sharedGrace,
    ...member("spec", member("template", member("spec", spec))),
  ];
  const head = (kind: string, apiVersion: string): Block => [`apiVersion: ${apiVersion}`, `kind: ${kind}`];
  const service = ["apiVersion: v1", "kind: Service"];
  const whole: Record<Layout["around"], Block> = {
    nothing: deployment,
    List: [...head("List", "v1"), ...list("items", [service, deployment])],
    DeploymentList: [...head("DeploymentList", "apps/v1"), ...list("items", [deployment])],
    items: items([service, deployment]),
  };
  const before = plan.before.map((document) => (document.startsWith("%") ? document : `---\n${document}`));
  const text = `${before.join("")}---\n${whole[plan.around].join("\n")}\n${plan.after}`;
  return `${plan.byteOrderMark ? "\uFEFF" : ""}${text.replaceAll("\n", plan.newline)}`;
}

/** `LINE:COLUMN` of an offset, counted independently of the code under test. */
function placeOf(text: string, offset: number): string {
  const lines = text.slice(text.startsWith("\uFEFF") ? 1 : 0, offset).split("\n");
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

const TEXTS = cases(1000, 200);

t.test(`findings have the right line and column in ${TEXTS} generated texts`, async (t) => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(layout, (plan) => {
      const withMarks = textOf(plan);
      const text = withMarks.replace(OPEN, "").replace(CLOSE, "");
      const [start, end] = [withMarks.indexOf(OPEN), withMarks.indexOf(CLOSE) - 1];
      const { findings, faults } = check(text, { ...CONTEXT, namespaces: new Map() });
      const found = findings.filter(({ id }) => id === "hook-over-grace");
      const places = found.map(({ location: { line, column, endLine, endColumn, ...rest } }) =>
        [`${line}:${column}`, `${endLine}:${endColumn}`, text.slice(rest.start, rest.end)].join(" "),
      );
      const expected = [placeOf(text, start), placeOf(text, end), text.slice(start, end)].join(" ");
      if (places.length !== 1 || places[0] !== expected)
        throw new Error(JSON.stringify({ text, expected, places, faults }, null, 2));
      for (const what of [plan.hook, `grace ${plan.grace}`, plan.around])
        seen.set(what, (seen.get(what) ?? 0) + 1);
    }),
    { numRuns: TEXTS, seed: 1313 },
  );
  t.ok(
    [...seen.values()].every((times) => times > TEXTS / 25),
    JSON.stringify([...seen]),
  );
});
