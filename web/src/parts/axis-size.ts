/** How wide the axis of values has to be: as wide as its longest label, which may be 0 or 3,000,000. */

/** Width of a digit of the chart's 12 px font, CSS px. */
const DIGIT = 7.5
/** Tick, gap and a little air, CSS px. */
const BESIDE = 22
const LEAST = 40

/** For `axes[1].size` of uPlot. @param labels null before there are any */
export const axisSize = (_chart: unknown, labels: readonly string[] | null): number =>
  Math.max(LEAST, BESIDE + DIGIT * Math.max(0, ...(labels ?? []).map((label) => label.length)))
