/**
 * Transactions of an account that stay open: idle, or very old, or in others' way. One issue an account,
 * whatever the number of its connections: the fault is in the application, and connections come and go.
 */
import type { Finding } from '../../core/detector.ts'
import type { Severity } from '../../core/vocabulary.ts'
import type { Activity, Session, Transaction } from '../../engines/mysql/shapes.ts'
import {
  goneFindings,
  grade,
  type Measure,
  type MysqlDetector,
  type MysqlView,
  mostOver,
  worthSaying,
} from './mysql-detector.ts'

export const idleTransaction: MysqlDetector = {
  id: 'mysql/idle-transaction',
  version: 1,
  engine: 'mysql',
  title: 'A transaction stays open',
  category: 'LOCK_CONTENTION',
  source: 'ENGINE_STATUS',
  needs: ['process'],
  reads: ['activity'],
  everyMs: 5_000,
  thresholds: {
    idleSeconds: {
      value: 30,
      unit: 's',
      why: 'no application needs half a minute of thought inside a transaction',
    },
    ageSeconds: { value: 300, unit: 's', why: 'older snapshots hold back purge' },
    criticalAgeSeconds: { value: 3600, unit: 's', why: 'an hour of undo history has to be kept for it' },
  },
  async detect(view) {
    const reading = await view.read('activity')
    if (!reading.known) return []
    const open = clientTransactions(reading.value)
    const byUser = Map.groupBy(open, (o) => o.session.user)
    const found = [...byUser].map(([user, all]) => judge(view, user, all))
    const gone = goneFindings(view, found, {
      resourceType: 'transaction',
      metricName: 'idle_seconds',
      metricUnit: 's',
      limit: view.threshold('idleSeconds'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

interface Open {
  readonly transaction: Transaction
  readonly session: Session
  readonly blocks: boolean
}

function clientTransactions(activity: Activity): Open[] {
  const blockers = new Set([
    ...activity.lockWaits.map((w) => w.blocker),
    ...activity.metadataWaits.flatMap((w) => w.blockers ?? []),
  ])
  return activity.transactions.flatMap((transaction) => {
    const session = activity.sessions.find((s) => s.connectionId === transaction.connectionId)
    if (session?.kind !== 'client') return []
    return [{ transaction, session, blocks: blockers.has(transaction.connectionId) }]
  })
}

interface Judged {
  readonly open: Open
  readonly severity: Severity | null
  readonly measure: Measure
}

const RANK = { CRITICAL: 2, WARNING: 1, INFO: 0 } as const
const rank = ({ severity }: Judged): number => (severity === null ? -1 : RANK[severity])
const excess = ({ measure }: Judged): number => measure.metricValue / measure.limit

/** The worst transaction speaks for the account. */
function judge(view: MysqlView, user: string, all: readonly Open[]): Finding {
  const judged = all.map((open) => judgeOne(view, open))
  const worst = judged.sort((a, b) => rank(b) - rank(a) || excess(b) - excess(a))[0]
  if (worst === undefined) throw new RangeError('a group has members')
  const { transaction, blocks } = worst.open
  return {
    resourceType: 'transaction',
    resourceName: `transactions of ${user}`,
    resourceKey: `transaction|${user}`,
    severity: worst.severity,
    ...worst.measure,
    workload: 1,
    opensAtOnce: false,
    context: {
      connectionId: transaction.connectionId,
      user,
      blocks,
      transactionsOver: judged.filter((j) => j.severity !== null).length,
      ageSeconds: transaction.ageSeconds,
      idleSeconds: transaction.idleSeconds,
      state: transaction.state,
      rowsLocked: transaction.rowsLocked,
      rowsModified: transaction.rowsModified,
    },
  }
}

function judgeOne(view: MysqlView, open: Open): Judged {
  const { ageSeconds, idleSeconds } = open.transaction
  const idle = {
    metricName: 'idle_seconds',
    metricUnit: 's',
    metricValue: idleSeconds ?? 0,
    limit: view.threshold('idleSeconds'),
  }
  const age = {
    metricName: 'age_seconds',
    metricUnit: 's',
    metricValue: ageSeconds,
    limit: view.threshold('ageSeconds'),
  }
  const warning = idle.metricValue > idle.limit || age.metricValue > age.limit
  const critical = (warning && open.blocks) || ageSeconds > view.threshold('criticalAgeSeconds')
  return { open, severity: grade(critical, warning), measure: mostOver(idle, age) }
}
