/** What came of a run, for a person at a terminal: the verdict, the figures, and why it is that. */
import type { Verification } from '../core/nouns.ts'
import { bar, paint, printable, round, wrap } from './terminal.ts'

/** The verdict with the figures before and after it; below them the reason, where the interval alone is not all of it. */
export function renderVerification(v: Verification): string {
  const colour = v.verdict === 'improved' ? 'green' : v.verdict === 'regressed' ? 'red' : 'yellow'
  const head = `  ${paint(['bold', colour], `VERDICT ${v.verdict}`)} by ${v.assessedBy}`
  const reason = reasonOf(v)
  const why = reason === null ? [] : [wrap(`because ${printable(reason)}`, '    ')]
  return [...figuresOf(v, head), ...why].join('\n')
}

function figuresOf(v: Verification, head: string): readonly string[] {
  if (v.metricBefore === null || v.metricAfter === null) return [head]
  const most = Math.max(v.metricBefore, v.metricAfter)
  // A time a statement takes is counted in its calls; a gauge (waiting sessions, bytes) in its readings.
  const counted = v.metricUnit === 'ms' ? 'calls' : 'readings'
  const interval =
    v.improvementPercent === null
      ? ''
      : `${round(v.improvementPercent)} % better (95 % interval ${round(v.intervalLowPercent ?? 0)} to ${round(v.intervalHighPercent ?? 0)} %)`
  return [
    `${head}: ${v.metricName} ${interval}`,
    `    before ${round(v.metricBefore).padStart(10)} ${v.metricUnit}  ${bar(v.metricBefore, most)}  ${v.samplesBefore} ${counted}`,
    `    after  ${round(v.metricAfter).padStart(10)} ${v.metricUnit}  ${bar(v.metricAfter, most)}  ${v.samplesAfter} ${counted}`,
  ]
}

/** The recorded reason; null where there is none, or it is the interval shown already. */
function reasonOf({ details }: Verification): string | null {
  if (typeof details !== 'object' || details === null || !('because' in details)) return null
  const { because } = details
  return typeof because === 'string' && !/^95 % interval [-\d.]+ to [-\d.]+ %$/.test(because) ? because : null
}
