import assert from "node:assert/strict";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import type { AuditEvent } from "./cluster.ts";
import { ALL_KINDS, OWNED_KINDS } from "./kinds.ts";
import { type Cell, expected, LEGEND, letter, MODES, type Mode, type Seen } from "./matrix-expected.ts";
import { LIMIT, ROWS, type Row } from "./matrix-rows.ts";
import { seenByClient, seenByPerson, seenInAudit } from "./matrix-seen.ts";
import type { KubernetesObject } from "./objects.ts";
import { inParallel, type World } from "./world.ts";

const AT_ONCE = 8;
const KUBECTL_AT_ONCE = 3;

const KINDS = [
  ...ALL_KINDS.map((kind) => ({ kind, owned: false })),
  ...OWNED_KINDS.map((kind) => ({ kind, owned: true })),
];

const VALUES: Readonly<Record<Mode, string>> = {
  enforce: "enforce",
  warn: "warn",
  audit: "audit",
  off: "off",
  misspelt: "enfroce",
};

function namespaceOf(mode: Mode, where: Row["where"]): string {
  return `matrix-${mode}${where === undefined ? "" : `-${where}`}`;
}

/**
 * Namespaces of the matrix. The namespaces are made before the installation, because the webhook would deny some of
 * their values.
 */
export function matrixNamespaces(): readonly KubernetesObject[] {
  const annotations = { "gracekeeper.dev/max-grace-seconds": `${LIMIT}` };
  return MODES.flatMap((mode) => {
    const labels = { "gracekeeper.dev/validate": VALUES[mode] };
    const bad = { ...annotations, "gracekeeper.dev/shutdown-seconds": "soon" };
    return [
      { name: namespaceOf(mode, undefined), labels, annotations },
      { name: namespaceOf(mode, "bad"), labels, annotations: bad },
      {
        name: namespaceOf(mode, "injected"),
        labels: { ...labels, "gracekeeper.dev/inject": "enabled" },
        annotations,
      },
    ];
  });
}

interface Result {
  readonly cell: Cell;
  readonly by: "client" | "kubectl";
  readonly name: string;
  readonly seen: Seen | undefined;
  readonly fault: string;
}

export interface Matrix {
  readonly cells: number;
  readonly byKubectl: number;
}

/** Mode x finding x kind: the answer to a client, the output of kubectl, and the audit log of the API server. */
export async function checkMatrix(world: World): Promise<Matrix> {
  const { report } = world;
  report.section("Matrix: mode x finding x kind");
  await report.check("every finding has a row in the matrix", () => {
    assert.deepEqual(
      [...new Set(ROWS.flatMap(({ id }) => id ?? []))].sort(),
      RULE_INFO.map(({ id }) => id).sort(),
    );
  });
  const cells = ROWS.flatMap((row) =>
    MODES.flatMap((mode) => KINDS.map(({ kind, owned }): Cell => ({ row, mode, kind, owned }))),
  );
  const sample = cells.filter((cell) => isInSample(cell));
  const results = [
    ...(await inParallel(cells, AT_ONCE, (cell) => byClient(cell, world))),
    ...(await inParallel(sample, KUBECTL_AT_ONCE, (cell) => byKubectl(cell, world))),
  ];
  const log = new Map((await world.cluster.auditLog()).map((event) => [keyOf(event), event]));
  const complete = results.map((one) => withAudit(one, log));
  print(complete.filter(({ by }) => by === "client"));
  for (const row of ROWS) {
    const ofRow = complete.filter(({ cell }) => cell.row === row);
    await report.check(`${titleOf(row)}: every answer is as specified`, () => {
      const faults = ofRow.flatMap((result) => faultOf(result, world.minor));
      assert.equal(faults.length, 0, `${faults.length} wrong:\n${faults.slice(0, 5).join("\n")}`);
      const typed = ofRow.filter(({ by }) => by === "kubectl").length;
      return `${ofRow.length - typed} cells, ${typed} of them also by kubectl`;
    });
  }
  return { cells: cells.length, byKubectl: sample.length };
}

/**
 * Whether this combination of mode, finding and kind is also checked with kubectl. Each mode and finding is checked on
 * a Pod and on one other kind; the other kind rotates.
 */
function isInSample({ row, mode, kind, owned }: Cell): boolean {
  const others = KINDS.slice(1);
  const turn = others[(ROWS.indexOf(row) * MODES.length + MODES.indexOf(mode)) % others.length];
  return (kind.kind === "Pod" && !owned) || (turn?.kind === kind && turn.owned === owned);
}

function objectOf({ row, kind, owned }: Cell, by: Result["by"]): KubernetesObject {
  const name = `row-${ROWS.indexOf(row)}-${kind.kind.toLowerCase()}${owned ? "-owned" : ""}-${by}`;
  return kind.make(name, row.spec, row.annotations && { annotations: row.annotations });
}

async function byClient(cell: Cell, { api }: World): Promise<Result> {
  const object = objectOf(cell, "client");
  const path = cell.kind.path(namespaceOf(cell.mode, cell.row.where));
  return result(cell, "client", object, async () =>
    seenByClient(await api.post(`${path}?dryRun=All`, object)),
  );
}

async function byKubectl(cell: Cell, { cluster }: World): Promise<Result> {
  const object = objectOf(cell, "kubectl");
  const create = ["create", "-n", namespaceOf(cell.mode, cell.row.where), "--dry-run=server", "-f", "-"];
  return result(cell, "kubectl", object, async () =>
    seenByPerson(await cluster.kubectlWith(JSON.stringify(object), ...create)),
  );
}

async function result(
  cell: Cell,
  by: Result["by"],
  { metadata: { name } }: KubernetesObject,
  look: () => Promise<Seen>,
): Promise<Result> {
  try {
    return { cell, by, name, seen: await look(), fault: "" };
  } catch (error) {
    return { cell, by, name, seen: undefined, fault: error instanceof Error ? error.message : String(error) };
  }
}

function keyOf({ objectRef }: AuditEvent): string {
  return `${objectRef?.namespace}/${objectRef?.name}`;
}

function withAudit(result: Result, log: ReadonlyMap<string, AuditEvent>): Result {
  const { cell, name, seen } = result;
  const event = log.get(`${namespaceOf(cell.mode, cell.row.where)}/${name}`);
  return { ...result, seen: seen && { ...seen, audited: seenInAudit(event) } };
}

function faultOf({ cell, by, name, seen, fault }: Result, minor: number): readonly string[] {
  const wanted = JSON.stringify(expected(cell, minor));
  const got = seen === undefined ? fault : JSON.stringify(seen);
  return got === wanted ? [] : [`${cell.mode} ${cell.kind.kind} by ${by} (${name}): ${got}, not ${wanted}`];
}

function titleOf({ id, title }: Row): string {
  return id === undefined ? "nothing wrong" : title === undefined ? id : `${id} (${title})`;
}

function print(results: readonly Result[]): void {
  const widest = Math.max(...ROWS.map((row) => titleOf(row).length));
  console.log(
    `\n  each group: ${KINDS.map(({ kind, owned }) => `${kind.kind}${owned ? "*" : ""}`).join(" ")}`,
  );
  console.log(["* made by a controller", ...LEGEND, ""].map((line) => `  ${line}`).join("\n"));
  console.log(`  ${" ".repeat(widest)}  ${MODES.map((mode) => mode.padEnd(KINDS.length)).join("  ")}`);
  for (const row of ROWS) {
    const groups = MODES.map((mode) =>
      results
        .filter(({ cell }) => cell.row === row && cell.mode === mode)
        .map(({ seen }) => (seen === undefined ? "?" : letter(seen, row.id)))
        .join(""),
    );
    console.log(`  ${titleOf(row).padEnd(widest)}  ${groups.join("  ")}`);
  }
  console.log("");
}
