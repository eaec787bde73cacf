/** Pixels. A page of GitHub is about as wide. */
export const WIDTH = 1000;
/** Between two panels, and from the edge of a panel to what is in it. */
export const GAP = 8;
export const PADDING = 10;

/** A panel, in pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}
