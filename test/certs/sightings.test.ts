import t from "tap";
import type { Certificate } from "../../src/certs/certificate.ts";
import type { Entry } from "../../src/certs/plan.ts";
import { createSightings } from "../../src/certs/sightings.ts";

const SETTLE = 15_000;

const certificate = (id: string): Certificate => ({ id, name: id, pem: "", notBefore: 0, notAfter: 1 });
const entry = (name: string, ...ids: readonly string[]): Entry => ({
  name,
  certificates: ids.map(certificate),
});

t.test(
  "a certificate is settled after it has been in some entry or in every entry for a while",
  async (t) => {
    const sightings = createSightings(SETTLE);
    sightings.see("validating", [entry("a", "old"), entry("b", "old", "new")], 0);
    t.equal(sightings.published(SETTLE), undefined, "the other configuration was not seen");
    sightings.see("mutating", [entry("c", "old", "new")], 1000);
    const at = (now: number) => {
      const published = sightings.published(now);
      return ["old", "new", "none"].map((id) => [
        published?.settledSomewhere(id),
        published?.settledEverywhere(id),
      ]);
    };
    t.same(
      at(SETTLE),
      [
        [true, true],
        [true, false],
        [false, false],
      ],
      "old was everywhere from the start",
    );
    sightings.see("validating", [entry("a", "old", "new"), entry("b", "old", "new")], 2000);
    t.same(at(SETTLE)[1], [true, false], "new is everywhere, but not for so long");
    t.same(at(2000 + SETTLE)[1], [true, true]);
    sightings.see("validating", [entry("a", "old"), entry("b", "old", "new")], 3000);
    sightings.see("validating", [entry("a", "old", "new"), entry("b", "old", "new")], 4000);
    t.same(at(2000 + SETTLE)[1], [true, false], "it was missing for a moment, so the wait begins anew");
    t.same(at(4000 + SETTLE)[1], [true, true]);
  },
);

/** How often certificate ids are read after one change of a webhook configuration. */
function looks(certificates: number): number {
  let count = 0;
  const counted = (index: number): Certificate => ({
    ...certificate(""),
    get id() {
      count++;
      return `${index}`;
    },
  });
  const entries = ["a", "b", "c", "d"].map((name) => ({
    name,
    certificates: Array.from({ length: certificates }, (_, index) => counted(index)),
  }));
  const sightings = createSightings(SETTLE);
  sightings.see("mutating", entries, 0);
  count = 0;
  sightings.see("validating", entries, 0);
  return count;
}

t.test("the cost of a change grows linearly with the number of certificates", async (t) => {
  for (const certificates of [10, 2000]) t.equal(looks(certificates), 8 * certificates);
});
