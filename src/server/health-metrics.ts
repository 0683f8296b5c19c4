/** How the store fares, for Prometheus: the figures of the report `health`, and for each condition whether it is over its limit. */
import { Gauge, type Registry } from 'prom-client'
import type { ReportRow } from '../core/reports.ts'

/** Conditions whose figure has a name and a base unit of its own. */
const FIGURES: Readonly<
  Record<string, { readonly name: string; readonly help: string; readonly per: number }>
> = {
  recovery_growth: {
    name: 'recovery_growth_bytes_per_day',
    help: 'What was recorded of errors and recovery within a day, bytes (estimate).',
    per: 1,
  },
  recovery_size: {
    name: 'recovery_size_bytes',
    help: 'What records of errors and recovery take, with indexes.',
    per: 1,
  },
  failed_attempts: {
    name: 'recovery_attempts_failed_ratio',
    help: 'Share of attempts that failed, of those that ended within a day.',
    per: 1,
  },
  slowest_statement: {
    name: 'store_statement_slowest_seconds',
    help: 'The slowest statement this process sent to the store within an hour.',
    per: 1000,
  },
}

/** Gauges of the store's health; gives what fills them. What is not known is left out, so that it can be told from well. */
export function healthMetrics(registers: Registry[]): (rows: readonly ReportRow[]) => void {
  const alerts = new Gauge({
    name: 'dbmedic_store_alert',
    help: '1: the condition is over its limit (dbmedic report health); 0: it is not.',
    labelNames: ['condition'],
    registers,
  })
  const figures = new Map(
    Object.entries(FIGURES).map(([condition, { name, help, per }]) => [
      condition,
      { gauge: new Gauge({ name: `dbmedic_${name}`, help, registers }), per },
    ]),
  )
  return (rows) => {
    alerts.reset()
    for (const { gauge } of figures.values()) {
      gauge.reset()
      gauge.set(Number.NaN)
    }
    for (const { condition, state, value } of rows) {
      if (state !== 'unknown') alerts.set({ condition: String(condition) }, state === 'alert' ? 1 : 0)
      const figure = figures.get(String(condition))
      if (typeof value === 'number') figure?.gauge.set(value / figure.per)
    }
  }
}
