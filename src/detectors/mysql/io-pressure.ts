/** The buffer pool misses more than it used to, or goes on having no free page to give. */
import type { StatusWindow } from '../../engines/mysql/shapes.ts'
import { type Baseline, baselineOf, nextBaseline } from './baseline.ts'
import { putRow, readTable, writeTable } from './memory-table.ts'
import { grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'
import { windowsInARow } from './windows-in-a-row.ts'

export const ioPressure: MysqlDetector = {
  id: 'mysql/io-pressure',
  version: 1,
  engine: 'mysql',
  title: 'Reads go to disk',
  category: 'STORAGE',
  source: 'ENGINE_STATUS',
  needs: [],
  reads: ['status'],
  everyMs: 10_000,
  thresholds: {
    missPercent: { value: 1, unit: 'percent', why: 'a warm pool answers more than 99 of 100 reads' },
    readsFactor: { value: 3, unit: 'times', why: 'three times its own baseline of physical reads' },
    minimumReadsPerSecond: { value: 200, unit: '1/s', why: 'fewer physical reads trouble no disk' },
    baselineWindows: {
      value: 30,
      unit: 'windows',
      why: 'five minutes of windows before a baseline means anything',
    },
    criticalWindows: {
      value: 3,
      unit: 'windows',
      why: 'a bulk load may wait for a free page once; sustained waits stop everybody',
    },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const rates = ratesOf(reading.value)
    if (rates === null) return []
    const table = readTable(view, 'baselines')
    const before = baselineOf(table.get('reads'))
    const next = nextBaseline(before, rates.readsPerSecond, view.threshold('baselineWindows'))
    putRow(table, 'reads', [next.mean, next.windows])
    writeTable(view, 'baselines', table)
    return worthSaying([finding(view, rates, before)], view.tracked)
  },
}

interface Rates {
  readonly readsPerSecond: number
  readonly missPercent: number
  readonly waitFree: number
}

function ratesOf({ deltas, elapsedMs }: StatusWindow): Rates | null {
  const physical = deltas['innodb_buffer_pool_reads']
  const requests = deltas['innodb_buffer_pool_read_requests']
  if (physical === undefined || requests === undefined || elapsedMs <= 0) return null
  return {
    readsPerSecond: (1000 * physical) / elapsedMs,
    missPercent: requests > 0 ? (100 * physical) / requests : 0,
    waitFree: deltas['innodb_buffer_pool_wait_free'] ?? 0,
  }
}

function finding(view: MysqlView, rates: Rates, before: Baseline | null) {
  const { readsPerSecond, missPercent, waitFree } = rates
  const learned = before !== null && before.windows >= view.threshold('baselineWindows') ? before : null
  const floor = view.threshold('minimumReadsPerSecond')
  const limit = Math.max(floor, (learned?.mean ?? 0) * view.threshold('readsFactor'))
  const missing = missPercent > view.threshold('missPercent')
  const waits = windowsInARow(view, 'waitFree', waitFree > 0 && missing)
  return serverFinding({
    key: 'io-pressure',
    name: 'buffer pool reads',
    severity: grade(
      waits >= view.threshold('criticalWindows'),
      learned !== null && missing && readsPerSecond > limit,
    ),
    metric: 'physical_reads_per_second',
    unit: '1/s',
    value: readsPerSecond,
    limit,
    context: { missPercent, waitFree, baselinePerSecond: learned?.mean ?? null },
  })
}
