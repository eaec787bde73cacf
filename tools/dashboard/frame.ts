/** About the width of a page on GitHub, in pixels. */
export const WIDTH = 1000;
/** The gap between two panels, and the padding inside a panel, in pixels. */
export const GAP = 8;
export const PADDING = 10;

/** A panel, in pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}
