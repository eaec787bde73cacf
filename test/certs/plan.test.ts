import fc from "fast-check";
import t from "tap";
import type { Authority } from "../../src/certs/certificate.ts";
import { wantedContent } from "../../src/certs/mend.ts";
import {
  type CaContent,
  chooseSigner,
  type Entry,
  NO_CONTENT,
  type Published,
  planBundles,
  planSecret,
  renewalTime,
} from "../../src/certs/plan.ts";
import { cases } from "../cases.ts";
import { DAY } from "./helper.ts";
import "../patience.ts";

const YEAR = 365 * DAY;

/** A CA that is valid from the time `begin`. */
function ca(id: string, begin = 0, life = YEAR): Authority {
  return { id, name: id, pem: `${id}\n`, key: "", notBefore: begin, notAfter: begin + life };
}

const A = ca("a");
const B = ca("b", 240 * DAY);
const THEIRS = ca("theirs", 0, 10 * YEAR);

/**
 * Webhook entries with these certificates. `settled` says whether the certificates have been in the entries long
 * enough.
 */
function published(certificates: readonly Authority[], settled = true): Published {
  const entries = ["enforce", "inject"].map((name) => ({ name, certificates }));
  const has = (id: string) => settled && certificates.some((one) => one.id === id);
  return { entries, settledEverywhere: has, settledSomewhere: has };
}

const content = (values: Partial<CaContent>): CaContent => ({ ...NO_CONTENT, ...values });

t.test("the next content of the Secret", async (t) => {
  const rows: [
    title: string,
    CaContent,
    Published | undefined,
    now: number,
    CaContent | undefined,
    makes: boolean,
  ][] = [
    ["nothing: a CA is made", NO_CONTENT, published([]), 0, NO_CONTENT, true],
    ["nothing, and the configurations were not seen", NO_CONTENT, undefined, 0, NO_CONTENT, true],
    ["the first one is not published", content({ next: A }), published([]), 0, undefined, false],
    [
      "the first one, before the configurations were seen",
      content({ next: A }),
      undefined,
      0,
      undefined,
      false,
    ],
    ["the first one, alone", content({ next: A }), published([A], false), 0, content({ ca: A }), false],
    [
      "the first one beside theirs, not settled",
      content({ next: A }),
      published([A, THEIRS], false),
      0,
      undefined,
      false,
    ],
    ["in order", content({ ca: A }), published([A]), 1, undefined, false],
    ["before two thirds", content({ ca: A }), published([A]), renewalTime(A) - 1, undefined, false],
    ["from two thirds on", content({ ca: A }), published([A]), renewalTime(A), content({ ca: A }), true],
    [
      "the next one waits",
      content({ ca: A, next: B }),
      published([A, B], false),
      B.notBefore,
      undefined,
      false,
    ],
    ["the next one is not there", content({ ca: A, next: B }), published([A]), B.notBefore, undefined, false],
    [
      "the next one is settled",
      content({ ca: A, next: B }),
      published([A, B]),
      B.notBefore,
      content({ ca: B, previous: [A] }),
      false,
    ],
    [
      "the one before lives on",
      content({ ca: B, previous: [A] }),
      published([A, B]),
      A.notAfter - 1,
      undefined,
      false,
    ],
    [
      "the one before has ended, and is published",
      content({ ca: B, previous: [A] }),
      published([A, B]),
      A.notAfter,
      undefined,
      false,
    ],
    [
      "the one before has ended, and is not published",
      content({ ca: B, previous: [A] }),
      published([B]),
      A.notAfter,
      content({ ca: B }),
      false,
    ],
    [
      "it has ended while all slept",
      content({ ca: A }),
      published([A]),
      YEAR,
      content({ previous: [A] }),
      true,
    ],
    [
      "both have ended",
      content({ ca: A, next: B }),
      published([A, B]),
      2 * YEAR,
      content({ previous: [A] }),
      true,
    ],
    [
      "theirs is seen",
      content({ ca: A }),
      published([A, THEIRS]),
      1,
      content({ ca: A, other: [THEIRS], otherUntil: 1 + 30 * DAY }),
      false,
    ],
    ["theirs is seen, but just now", content({ ca: A }), published([A, THEIRS], false), 1, undefined, false],
    [
      "theirs was seen, and their time is over, but it is published",
      content({ ca: A, other: [THEIRS], otherUntil: 9 }),
      published([A, THEIRS]),
      9,
      undefined,
      false,
    ],
    [
      "and it is not",
      content({ ca: A, other: [THEIRS], otherUntil: 9 }),
      published([A]),
      9,
      content({ ca: A }),
      false,
    ],
  ];
  for (const [title, before, seen, now, after, makeNext] of rows) {
    const plan = planSecret(before, seen, now);
    t.strictSame(plan, after && { content: after, makeNext }, title);
  }
});

t.test("a webhook configuration with many CAs cannot fill the Secret", async (t) => {
  const many = Array.from({ length: 50 }, (_, index) => ca(`x${index}`));
  const plan = planSecret(content({ ca: A }), published([A, ...many]), 1);
  t.equal(plan?.content.other.length, 20);
  t.equal(planSecret(plan?.content ?? NO_CONTENT, published([A, ...many]), 2), undefined);
});

t.test("the planned content of caBundle", async (t) => {
  const known = content({ ca: B, previous: [A], other: [THEIRS], otherUntil: 300 * DAY });
  const rows: [
    title: string,
    has: readonly Authority[],
    now: number,
    wants: readonly string[] | undefined,
  ][] = [
    ["all there, in whatever order", [THEIRS, A, B], 250 * DAY, undefined],
    ["and one that the Secret does not have", [THEIRS, A, B, ca("x", 0, 10 * YEAR)], 250 * DAY, undefined],
    ["wiped", [], 250 * DAY, ["b", "a", "theirs"]],
    [
      "one is missing: what the Secret does not have stays",
      [ca("x", 0, YEAR), B],
      250 * DAY,
      ["b", "a", "theirs", "x"],
    ],
    [
      "one is missing: what the Secret does not have has ended",
      [ca("x", 0, DAY), B],
      250 * DAY,
      ["b", "a", "theirs"],
    ],
    [
      "what the Secret does not have has ended, but nothing is to be done",
      [ca("x", 0, DAY), B, A, THEIRS],
      250 * DAY,
      undefined,
    ],
    ["theirs had its time", [THEIRS, A, B], 300 * DAY, ["b", "a"]],
    ["the one before has ended", [A, B], 366 * DAY, ["b"]],
    ["all have ended", [A, B], 3 * YEAR, undefined],
  ];
  for (const [title, certificates, now, wants] of rows) {
    const plan = planBundles([{ name: "e", certificates }], known, now);
    t.same(
      plan?.[0]?.certificates.map(({ id }) => id),
      wants,
      title,
    );
  }
});

t.test("the CA that signs", async (t) => {
  const both = content({ ca: B, previous: [A] });
  t.equal(chooseSigner(undefined, NO_CONTENT, published([]), 1), undefined);
  t.equal(chooseSigner(undefined, content({ next: A }), undefined, 1), A, "whatever there is, at the start");
  t.equal(chooseSigner(undefined, both, undefined, B.notBefore), B);
  t.equal(chooseSigner(A, both, undefined, B.notBefore), A, "nothing is known of the configurations");
  t.equal(chooseSigner(A, both, published([A, B], false), B.notBefore), A, "not everywhere, or not for long");
  t.equal(chooseSigner(A, both, published([A, B]), B.notBefore), B);
  t.equal(chooseSigner(A, both, published([A]), A.notAfter), B, "there is nothing to lose");
  t.equal(chooseSigner(A, content({ ca: A }), published([A]), A.notAfter), A, "and nothing better");
});

t.test("the plan for a Secret that cannot be used", async (t) => {
  const broken = { kind: "broken", reason: "x" } as const;
  const memory = content({ ca: A });
  const known = { memory, published: published([A]), patient: false };
  t.same(wantedContent(broken, known, 1), { content: memory, makeNext: false, mends: "x" });
  t.equal(wantedContent(broken, { ...known, memory: undefined }, 1), undefined);
  t.match(wantedContent(broken, { ...known, memory: undefined, patient: true }, 1), {
    makeNext: true,
    mends: "x",
  });
  t.equal(wantedContent({ kind: "foreign", reason: "x" }, { ...known, patient: true }, 1), undefined);
  const empty = { kind: "good", content: NO_CONTENT } as const;
  t.match(wantedContent(empty, known, 1), { content: memory, mends: /deleted or emptied/ });
  t.match(wantedContent(empty, { ...known, memory: undefined }, 1), { makeNext: true, mends: undefined });
});

t.test(
  "a plan for caBundle removes no certificate that is still needed, and a second plan changes nothing",
  async () => {
    const authority = fc
      .record({
        id: fc.constantFrom(..."abcdefg"),
        begin: fc.nat(500),
        life: fc.integer({ min: 1, max: 400 }),
      })
      .map(({ id, begin, life }) => ca(`${id}${begin}-${life}`, begin * DAY, life * DAY));
    const some = fc.uniqueArray(authority, { maxLength: 4, selector: ({ id }) => id });
    const one = fc.option(authority, { nil: undefined });
    const contents = fc.record({
      ca: one,
      next: one,
      previous: some,
      other: some,
      otherUntil: fc.nat(900 * DAY),
    });
    const entries = fc.array(fc.record({ name: fc.constantFrom("x", "y", "z"), certificates: some }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(contents, entries, fc.nat(900 * DAY), (known, before, now) => {
        const after: readonly Entry[] = planBundles(before, known, now) ?? before;
        const dropped = before.flatMap(({ certificates }, index) =>
          certificates.filter(({ id }) => !after[index]?.certificates.some((kept) => kept.id === id)),
        );
        const others = new Set(known.other.map(({ id }) => id));
        const mayGo = ({ id, notAfter }: { id: string; notAfter: number }) =>
          notAfter <= now || (others.has(id) && now >= known.otherUntil);
        return dropped.every(mayGo) && planBundles(after, known, now) === undefined;
      }),
      { numRuns: cases(100_000) },
    );
  },
);

t.test("from any state, plans end in a stable state whose signing CA is published", async () => {
  const begin = fc.nat(700).map((day) => day * DAY);
  const some = fc.uniqueArray(fc.constantFrom(A, B, THEIRS, ca("c", 400 * DAY)), { maxLength: 4 });
  const one = fc.constantFrom(undefined, A, B, ca("c", 400 * DAY));
  const contents = fc.record({ ca: one, next: one, previous: some, other: some, otherUntil: begin });
  fc.assert(
    fc.property(contents, some, begin, (first, certificates, now) => {
      let known: CaContent = first;
      let entries: readonly Entry[] = [{ name: "e", certificates }];
      let rounds = 0;
      for (; rounds < 10; rounds++) {
        const has = (id: string) =>
          entries.every((entry) => entry.certificates.some((cert) => cert.id === id));
        const plan = planSecret(known, { entries, settledEverywhere: has, settledSomewhere: has }, now);
        const made = ca(`made${rounds}`, now);
        if (plan !== undefined) known = plan.makeNext ? { ...plan.content, next: made } : plan.content;
        const bundles = planBundles(entries, known, now);
        if (plan === undefined && bundles === undefined) break;
        entries = bundles ?? entries;
      }
      const { ca: signs } = known;
      const trusted = entries[0]?.certificates.some(({ id }) => id === signs?.id);
      return rounds < 10 && signs !== undefined && signs.notAfter > now && trusted === true;
    }),
    { numRuns: cases(100_000) },
  );
});
