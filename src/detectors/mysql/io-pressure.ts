/** M14: the buffer pool misses more than it used to, or has no free page to give. */
import { grade, type MysqlDetector, nextBaseline, readBaseline, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

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
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const { deltas, elapsedMs } = reading.value
    const physical = deltas.innodb_buffer_pool_reads
    const requests = deltas.innodb_buffer_pool_read_requests
    if (physical === undefined || requests === undefined || elapsedMs <= 0) return []
    const perSecond = (1000 * physical) / elapsedMs
    const miss = requests > 0 ? (100 * physical) / requests : 0
    const before = readBaseline(view, 'reads')
    view.memory.set('reads', { ...nextBaseline(before, perSecond) })
    const known = before !== null && before.windows >= view.threshold('baselineWindows')
    const limit = Math.max(
      view.threshold('minimumReadsPerSecond'),
      (known ? before.mean : Number.POSITIVE_INFINITY) * view.threshold('readsFactor'),
    )
    const waitFree = deltas.innodb_buffer_pool_wait_free ?? 0
    const finding = serverFinding({
      key: 'io-pressure',
      name: 'buffer pool reads',
      severity: grade(
        waitFree > 0 && miss > view.threshold('missPercent'),
        miss > view.threshold('missPercent') && perSecond > limit,
      ),
      metric: 'physical_reads_per_second',
      unit: '1/s',
      value: perSecond,
      limit: Number.isFinite(limit) ? limit : view.threshold('minimumReadsPerSecond'),
      context: { missPercent: miss, waitFree, baselinePerSecond: known ? before.mean : null },
    })
    return worthSaying([finding], view.tracked)
  },
}
