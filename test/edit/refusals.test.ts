import t from "tap";
import "../patience.ts";
import { edited, remove, set } from "./edit.ts";

/** Tests changes that cannot be placed in the text: each is refused with a reason. */

const GRACE = "spec.terminationGracePeriodSeconds";
const HOOK = "spec.containers[0].lifecycle.preStop";
const SLEEP = { sleep: { seconds: 5 } };

const CASES: readonly (readonly [
  what: string,
  text: string,
  change: ReturnType<typeof set>,
  reason: string,
])[] = [
  [
    "a number that others use",
    "a: &g 10\nspec:\n  terminationGracePeriodSeconds: *g\n",
    set(GRACE, 5),
    "the value is the alias *g: change the value at &g",
  ],
  [
    "a number that aliases stand for",
    "spec:\n  terminationGracePeriodSeconds: &g 10\nb: *g\n",
    set(GRACE, 5),
    "other fields use the value as *g",
  ],
  [
    "a field of a mapping that others use",
    "spec: &s\n  terminationGracePeriodSeconds: 10\nb: *s\n",
    set(GRACE, 5),
    "other fields use the value as *s",
  ],
  [
    "a new field of such a mapping",
    "spec: &s\n  a: 10\nb: *s\n",
    set(GRACE, 5),
    "other fields use the value as *s",
  ],
  [
    "a field behind an alias",
    "b: &s {a: 1}\nspec: *s\n",
    set(GRACE, 5),
    "the value is the alias *s: change the value at &s",
  ],
  [
    "a field from a merge key",
    "b: &s {terminationGracePeriodSeconds: 1}\nspec:\n  <<: *s\n",
    set(GRACE, 5),
    "the field comes from a merge key (<<)",
  ],
  [
    "a hook with a part that others use",
    "spec:\n  containers:\n  - lifecycle:\n      preStop:\n        exec: &e {command: [sleep, '5']}\nb: *e\n",
    set(HOOK, SLEEP),
    "other fields use the value as *e",
  ],
  [
    "the removal of such a hook",
    "spec:\n  containers:\n  - name: a\n    lifecycle:\n      preStop:\n        exec: &e {command: [sleep, '5']}\nb: *e\n",
    remove(HOOK),
    "other fields use the value as *e",
  ],
  [
    "a number with a tag",
    'spec:\n  terminationGracePeriodSeconds: !!int "10"\n',
    set(GRACE, 5),
    "the value has the tag tag:yaml.org,2002:int",
  ],
  [
    "a text of a template",
    "metadata:\n  annotations:\n    a: '{{ .Values.a }}'\n",
    set("metadata.annotations.a", "5"),
    "a template makes the value",
  ],
  [
    "an anchor without a value",
    "spec:\n  terminationGracePeriodSeconds: &g\n",
    set(GRACE, 5),
    "the value has an anchor or a tag",
  ],
  [
    "a comment among the items",
    "spec:\n  containers:\n  - command: [a, # one\n      b]\n",
    set("spec.containers[0].command", ["a"]),
    "a comment stands beside the field",
  ],
  ["an item that is not there", "spec:\n  containers: []\n", set(HOOK, SLEEP), "the item is not in the list"],
  [
    "a field that stands twice",
    "spec:\n  terminationGracePeriodSeconds: 1\n  terminationGracePeriodSeconds: 2\n",
    set(GRACE, 5),
    "the key terminationGracePeriodSeconds appears more than once in its mapping",
  ],
  [
    "a field in a mapping that stands twice",
    "spec: {a: 1}\nspec:\n  terminationGracePeriodSeconds: 2\n",
    set(GRACE, 5),
    "the key spec appears more than once in its mapping",
  ],
  ["a field of a text", "spec: a\n", set(GRACE, 5), "the field is not a mapping"],
  [
    "the only field of an item",
    "spec:\n  containers:\n  - args: [a]\n",
    remove("spec.containers[0].args"),
    "the mapping around the field would become empty",
  ],
];

for (const [what, text, change, reason] of CASES)
  t.test(what, async (t) => {
    t.equal(edited(`kind: Pod\n${text}`, change), `refused: ${reason}`);
  });

t.test("an alias in another place does not prevent a change", async (t) => {
  const text = "kind: Pod\na: &x {b: 1}\nc: *x\nspec:\n  <<: *x\n  terminationGracePeriodSeconds: 10\n";
  t.equal(edited(text, set(GRACE, 5)), text.replace("10", "5"));
});

t.test("a change of a list item that is also used by an alias is refused", async (t) => {
  const text = "kind: List\nitems:\n- &p\n  kind: Pod\n  spec: {a: 1}\n- *p\n";
  t.equal(edited(text, set(GRACE, 5)), "refused: other fields use the value as *p");
});
