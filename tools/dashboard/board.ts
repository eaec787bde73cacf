import { readFileSync } from "node:fs";
import { DASHBOARD_FILE } from "../docs/dashboard.ts";

/** The fields of a panel in dashboard.json that the picture uses. */
export interface BoardPanel {
  readonly type: "stat" | "timeseries";
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: FieldDefaults };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface FieldDefaults {
  readonly unit: string;
  readonly thresholds?: { readonly steps: readonly Step[] };
}

/** A colour, and the lowest value that has the colour. The value of the first step is null. */
export interface Step {
  readonly color: string;
  readonly value: number | null;
}

/**
 * A line of a chart, or a single number if there is one sample. A sample is a pair: the time, in seconds since 1970,
 * and the value.
 */
export interface Line {
  readonly legend: string;
  readonly samples: readonly (readonly [number, number])[];
}

export interface Drawn {
  readonly panel: BoardPanel;
  readonly lines: readonly Line[];
}

/** Reads the panels from the file for Grafana. */
export const board = (): readonly BoardPanel[] => JSON.parse(readFileSync(DASHBOARD_FILE, "utf8")).panels;

/** Fills the labels of a series into a legend such as `{{name}} refused`, as Grafana does. */
export function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? "").trim();
}
