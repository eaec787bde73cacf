/**
 * `npm run dashboard` draws docs/dashboard.svg. The program runs a cluster for seven minutes on this machine, and asks
 * Prometheus for the data of each panel in manifests/monitoring/dashboard.json. Required are the programs for `npm run
 * test:api-server`, and Prometheus (Debian package prometheus, or the path in PROMETHEUS).
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BoardPanel, board, type Drawn, legendOf } from "./board.ts";
import { boardSvg } from "./picture.ts";
import type { Prometheus } from "./prometheus.ts";
import { NAMESPACES, play, type Recorded } from "./scenario.ts";
import { Stage } from "./stage.ts";

const PICTURE = fileURLToPath(new URL("../../docs/dashboard.svg", import.meta.url));

/** The number of replicas in the Deployment. */
const REPLICAS = 2;

async function drawn(panel: BoardPanel, prometheus: Prometheus, { start, end }: Recorded): Promise<Drawn> {
  const answers = await Promise.all(
    panel.targets.map(async ({ expr, legendFormat }) => {
      const series = await (panel.type === "stat"
        ? prometheus.at(expr, end)
        : prometheus.between(expr, start, end));
      return series.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
        legend: legendOf(legendFormat, metric),
        samples: values.map(([time, text]) => [time, Number(text)] as const),
      }));
    }),
  );
  return { panel, lines: answers.flat() };
}

async function main(): Promise<void> {
  const stage = await Stage.set(NAMESPACES, console.log);
  try {
    for (let count = 0; count < REPLICAS; count++) await stage.start();
    const recorded = await play(stage, console.log);
    const panels = await Promise.all(board().map((panel) => drawn(panel, stage.prometheus, recorded)));
    for (const { panel, lines } of panels) if (lines.length === 0) console.log(`no data: ${panel.title}`);
    await writeFile(PICTURE, boardSvg(panels, recorded));
    console.log(PICTURE);
  } finally {
    await stage.clear();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
