/** What watching costs each target, for Prometheus: four gauges a target, 5,000 targets at most. */
import { Gauge, type Registry } from 'prom-client'
import type { WatchingCost } from '../core/watching-cost.ts'

/** Gauges of what watching costs; gives what fills them. A target of which nothing is known lately is left out. */
export function costMetrics(registers: Registry[]): (costs: readonly WatchingCost[]) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `dbmedic_target_collector_${name}`, help, labelNames: ['target'], registers })
  const busy = gauge(
    'busy_ratio',
    'Statement time watching takes of a target, seconds a second, over a minute.',
  )
  const budget = gauge('budget_ratio', 'What it may take, seconds a second.')
  const share = gauge('share_ratio', 'Its share of all statement time of the target.')
  const shed = gauge('shed_instruments', 'Instruments that are not read, to stay within the budget.')
  return (costs) => {
    for (const each of [busy, budget, share, shed]) each.reset()
    for (const { targetName: target, busyRatio, budgetRatio, shareRatio, shed: count } of costs) {
      busy.set({ target }, busyRatio)
      budget.set({ target }, budgetRatio)
      if (shareRatio !== null) share.set({ target }, shareRatio)
      shed.set({ target }, count)
    }
  }
}
