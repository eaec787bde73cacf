import { readFileSync } from "node:fs";
import { DASHBOARD_FILE } from "../docs/dashboard.ts";

/** A panel of dashboard.json, as far as the picture needs it. */
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

/** This colour from this value on; null is where the first one begins. */
export interface Step {
  readonly color: string;
  readonly value: number | null;
}

/** A line, or a number where it has one sample: seconds since 1970 and the value. */
export interface Line {
  readonly legend: string;
  readonly samples: readonly (readonly [number, number])[];
}

export interface Drawn {
  readonly panel: BoardPanel;
  readonly lines: readonly Line[];
}

/** The file that Grafana reads, not the code that makes it. */
export const board = (): readonly BoardPanel[] => JSON.parse(readFileSync(DASHBOARD_FILE, "utf8")).panels;

/** `{{name}} refused` with the labels of a series, as Grafana fills it in. */
export function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? "").trim();
}
