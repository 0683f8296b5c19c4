/** From stored samples to means of windows: the metric of a verification plan, read off one series. */
import type { MetricSample } from '../../core/nouns.ts'
import { toMs } from '../../core/time.ts'

/** Means per bin and how many calls stand behind them. */
export interface Binned {
  /** Numbers of the bins, ascending: the same number is the same time in every series binned alike. */
  readonly at: readonly number[]
  readonly means: readonly number[]
  readonly calls: number
}

/** One series before and after a run. */
export interface BinnedSides {
  readonly before: Binned
  readonly after: Binned
}

/**
 * Means of `metricName` in bins of `binSeconds`. `mean_ms` is time per call; `…_per_call` divides that
 * measure by calls; any other name is a gauge whose measure is a sum over readings (`calls`). Samples with
 * no calls make no bin. Epochs are not mixed: only the newest epoch's samples count.
 */
export function windowMeans(
  samples: readonly MetricSample[],
  metricName: string,
  binSeconds: number,
): Binned {
  const epoch = samples.at(-1)?.epoch
  const bins = new Map<number, { total: number; calls: number }>()
  let calls = 0
  for (const sample of samples) {
    if (sample.epoch !== epoch || sample.calls <= 0) continue
    const bin = Math.floor(toMs(sample.windowStart) / (binSeconds * 1000))
    const sum = bins.get(bin) ?? { total: 0, calls: 0 }
    bins.set(bin, { total: sum.total + amount(sample, metricName), calls: sum.calls + sample.calls })
    calls += sample.calls
  }
  const inOrder = [...bins.entries()].sort((a, b) => a[0] - b[0])
  return {
    at: inOrder.map(([bin]) => bin),
    means: inOrder.map(([, sum]) => sum.total / sum.calls),
    calls,
  }
}

function amount(sample: MetricSample, metricName: string): number {
  if (metricName === 'mean_ms') return sample.totalMs
  const measure = metricName.endsWith('_per_call') ? metricName.slice(0, -'_per_call'.length) : metricName
  return sample.measures[measure] ?? 0
}
