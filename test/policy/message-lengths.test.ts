import t from "tap";
import { reshaped, type Shape, textsOf } from "./example-texts.ts";
import { FINDING_EXAMPLES } from "./finding-examples.ts";
import { MESSAGE_EXAMPLES } from "./message-examples.ts";

/** The greatest length of a denial and of a warning in characters, for a variation of the examples. */
interface Limit extends Shape {
  readonly deny: number;
  readonly warn: number;
}

const LONGEST_NAME = 63;

/** The prefix of a warning about a template whose pods would be denied. */
const PREFIX = "pods will be rejected: ".length;

const LIMITS: readonly Limit[] = [
  { kind: "Pod", nameLength: 20, copies: 1, deny: 300, warn: 150 },
  { kind: "Pod", nameLength: LONGEST_NAME, copies: 1, deny: 512, warn: 256 },
  { kind: "CronJob", nameLength: 20, copies: 1, deny: 512, warn: 256 - PREFIX },
  { kind: "CronJob", nameLength: LONGEST_NAME, copies: 8, deny: 512, warn: 256 - PREFIX },
  { kind: "JobSet", nameLength: LONGEST_NAME, copies: 1, deny: 512, warn: 256 },
  { kind: "JobSet", nameLength: LONGEST_NAME, copies: 8, deny: 512, warn: 256 },
];

/** Examples with several containers are excluded, because their messages are longer. */
const SINGLE = FINDING_EXAMPLES.filter(({ title }) => !title.startsWith("two "));

for (const { deny, warn, ...shape } of LIMITS) {
  const { kind, nameLength, copies } = shape;
  t.test(
    `messages stay below their limits: ${kind}, names of ${nameLength} characters, ${copies} copies`,
    async (t) => {
      const examples = nameLength === LONGEST_NAME ? [...FINDING_EXAMPLES, ...MESSAGE_EXAMPLES] : SINGLE;
      const longest = new Map<string, readonly [number, number]>();
      for (const example of examples.filter(({ id }) => kind === "Pod" || id !== "sleep-added")) {
        const texts = textsOf(reshaped(example, shape));
        if (texts === undefined) continue;
        const of = `${example.id}, ${example.title}`;
        const denied = texts.deny?.length ?? 0;
        t.ok(denied <= deny, `${of}: denial has ${denied}: ${texts.deny}`);
        t.ok(texts.warn.length <= warn, `${of}: warning has ${texts.warn.length}: ${texts.warn}`);
        t.match(`${texts.deny ?? ""}${texts.warn}`, /^[\x20-\x7e]*$/, `${of}: printable ASCII`);
        const [most, mostWarned] = longest.get(example.id) ?? [0, 0];
        longest.set(example.id, [Math.max(most, denied), Math.max(mostWarned, texts.warn.length)]);
      }
      for (const [id, [denied, warned]] of longest)
        t.comment(`${id.padEnd(22)} deny ${denied} warn ${warned}`);
    },
  );
}
