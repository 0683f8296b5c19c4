/** Statements name a table that is not there. A fact only: whether it was dropped, mistyped or never migrated is not known here. */
import type { MysqlDetector } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

/** ER_NO_SUCH_TABLE of both families. */
const NO_SUCH_TABLE = 1146

export const missingTable: MysqlDetector = {
  id: 'mysql/missing-table',
  version: 1,
  engine: 'mysql',
  title: 'Statements name a table that does not exist',
  category: 'MISSING_TABLE',
  source: 'PERFORMANCE_SCHEMA',
  needs: ['error-counters'],
  reads: ['serverErrors'],
  everyMs: 10_000,
  thresholds: {},
  async detect(view) {
    const reading = await view.read('serverErrors')
    if (!reading.known) return []
    const raised = reading.value.errors.find((e) => e.errorNumber === NO_SUCH_TABLE)?.raised ?? 0
    if (raised === 0) return []
    return [
      serverFinding({
        key: 'missing-table',
        name: 'a table that does not exist',
        severity: 'INFO',
        metric: 'errors_1146',
        unit: 'count',
        value: raised,
        limit: 1,
        context: { errorNumber: NO_SUCH_TABLE },
      }),
    ]
  },
}
