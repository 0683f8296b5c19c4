/**
 * The key figures for Prometheus. A figure that there is nothing to count of is left out: 0 would be read as a very bad or a
 * very good one. Labels are the names of the figures, whose number is fixed.
 */
import { Gauge, type Registry } from 'prom-client'
import type { Reliability } from '../core/browse-port.ts'
import type { Json } from '../core/canonical.ts'
import type { ReportRow } from '../core/reports.ts'

/** Gauges of the key figures; gives what fills them. */
export function kpiMetrics(registers: Registry[]): (rows: readonly ReportRow[]) => void {
  const gauge = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `dbmedic_kpi_${name}`, help, labelNames: [...labelNames], registers })
  const share = gauge('ratio', 'Key figures that are shares, 30 days.', ['kpi'])
  const shareLow = gauge('ratio_low', 'Lower end of their 95 % interval (Wilson).', ['kpi'])
  const shareHigh = gauge('ratio_high', 'Upper end of their 95 % interval (Wilson).', ['kpi'])
  const time = gauge('seconds', 'Key figures that are times, 30 days; open cases count (Kaplan-Meier).', [
    'kpi',
    'quantile',
  ])
  const timeLow = gauge('median_seconds_low', 'Lower end of the 95 % interval of their medians.', ['kpi'])
  const timeHigh = gauge('median_seconds_high', 'Upper end of the 95 % interval of their medians.', ['kpi'])
  const numerator = gauge(
    'numerator',
    'What is counted: of shares the hits, of times the cases that ended.',
    ['kpi'],
  )
  const denominator = gauge('denominator', 'What it is counted among; 0: nothing to say yet.', ['kpi'])
  const all = [share, shareLow, shareHigh, time, timeLow, timeHigh, numerator, denominator]
  return (rows) => {
    for (const each of all) each.reset()
    for (const row of rows) {
      const kpi = String(row.kpi)
      const isShare = row.unit === 'share'
      set(numerator, { kpi }, row.numerator)
      set(denominator, { kpi }, row.denominator)
      if (isShare) set(share, { kpi }, row.value)
      else for (const [quantile, value] of quantiles(row)) set(time, { kpi, quantile }, value)
      set(isShare ? shareLow : timeLow, { kpi }, row.low)
      set(isShare ? shareHigh : timeHigh, { kpi }, row.high)
    }
  }
}

const quantiles = (row: ReportRow): readonly (readonly [string, Json | undefined])[] => [
  ['0.5', row.value],
  ['0.9', row.p90],
]

function set<const L extends string>(
  gauge: Gauge<L>,
  labels: Record<L, string>,
  value: Json | undefined,
): void {
  if (typeof value === 'number') gauge.set(labels, value)
}

/** Gauges of what confidence was worth, of all reviewed runs; gives what fills them. */
export function calibrationMetrics(registers: Registry[]): (of: Reliability) => void {
  const error = new Gauge({
    name: 'dbmedic_confidence_calibration_error_ratio',
    help: 'Expected calibration error: mean distance of confidence and share resolved over tenths of confidence, by runs.',
    registers,
  })
  const runs = new Gauge({
    name: 'dbmedic_confidence_calibration_runs',
    help: 'Reviewed runs that error is over; below 30 it says little.',
    registers,
  })
  return ({ calibrationError, records }) => {
    runs.set(records)
    error.set(calibrationError ?? Number.NaN)
  }
}
