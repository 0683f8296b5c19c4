/** Sessions wait for a row lock, counted on the session at the root of the wait and named by its table. */
import type { Finding } from '../../core/detector.ts'
import type { DetectionSource } from '../../core/vocabulary.ts'
import type { Activity, ConnectionId, LockWait, Session } from '../../engines/mysql/shapes.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const lockWait: MysqlDetector = {
  id: 'mysql/lock-wait',
  version: 1,
  engine: 'mysql',
  title: 'Sessions wait for a row lock',
  category: 'LOCK_CONTENTION',
  source: 'ENGINE_STATUS',
  needs: ['process'],
  reads: ['activity'],
  everyMs: 5_000,
  thresholds: {
    warningSeconds: { value: 2, unit: 's', why: 'an interactive user notices two seconds' },
    criticalSeconds: { value: 10, unit: 's', why: 'most applications give up near ten seconds' },
    warningWaiters: {
      value: 3,
      unit: 'sessions',
      why: 'three sessions behind one is a queue, not a collision',
    },
    criticalWaiters: { value: 10, unit: 'sessions', why: 'ten sessions empty a usual connection pool' },
  },
  async detect(view) {
    const reading = await view.read('activity')
    if (!reading.known) return []
    const activity = reading.value
    const byTable = Map.groupBy(rootGroups(activity), (group) => tableOf(view, group))
    const source = reading.source.includes('data_lock_waits') ? 'PERFORMANCE_SCHEMA' : 'ENGINE_STATUS'
    const found = [...byTable].map(([table, groups]) => judge(view, { table, groups, activity, source }))
    const gone = goneFindings(view, found, {
      resourceType: 'table',
      metricName: 'longest_wait_seconds',
      metricUnit: 's',
      limit: view.threshold('warningSeconds'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

interface Group {
  readonly root: ConnectionId
  readonly waits: readonly LockWait[]
}

/** Waits grouped by the session that blocks and itself waits for nobody; cycles count by their first member. */
function rootGroups(activity: Activity): Group[] {
  const blockerOf = new Map<ConnectionId, ConnectionId>()
  for (const wait of activity.lockWaits) blockerOf.set(wait.waiter, wait.blocker)
  const groups = Map.groupBy(activity.lockWaits, (wait) => rootOf(wait.blocker, blockerOf))
  return [...groups].map(([root, waits]) => ({ root, waits }))
}

function rootOf(start: ConnectionId, blockerOf: ReadonlyMap<ConnectionId, ConnectionId>): ConnectionId {
  const seen = new Set<ConnectionId>([start])
  let at = start
  for (;;) {
    const next = blockerOf.get(at)
    if (next === undefined || seen.has(next)) return at
    seen.add(next)
    at = next
  }
}

const nameOf = (wait: LockWait): string =>
  wait.table === null ? 'unknown table' : `${wait.schema ?? ''}.${wait.table}`

/** One blocker is one issue: the table already followed, else that of its longest wait. */
function tableOf(view: MysqlView, { waits }: Group): string {
  const byWait = [...waits].sort((a, b) => b.waitSeconds - a.waitSeconds || (nameOf(a) < nameOf(b) ? -1 : 1))
  const names = byWait.map(nameOf)
  return names.find((name) => view.tracked.has(`row|${name}`)) ?? names[0] ?? 'unknown table'
}

const waitersOf = (group: Group): number => new Set(group.waits.map((w) => w.waiter)).size
const longestOf = (group: Group): number => Math.max(...group.waits.map((w) => w.waitSeconds))

interface TableCase {
  readonly table: string
  readonly groups: readonly Group[]
  readonly activity: Activity
  readonly source: DetectionSource
}

/** The table's worst blocker speaks for it. */
function judge(view: MysqlView, { table, groups, activity, source }: TableCase): Finding {
  const byHarm = [...groups].sort((a, b) => waitersOf(b) - waitersOf(a) || longestOf(b) - longestOf(a))
  const longest = Math.max(...groups.map(longestOf))
  const waiters = Math.max(...groups.map(waitersOf))
  const [worst] = byHarm
  const [first] = worst?.waits ?? []
  return {
    resourceType: 'table',
    resourceName: table,
    resourceKey: `row|${table}`,
    severity: grade(
      longest > view.threshold('criticalSeconds') || waiters >= view.threshold('criticalWaiters'),
      longest > view.threshold('warningSeconds') || waiters >= view.threshold('warningWaiters'),
    ),
    metricName: 'longest_wait_seconds',
    metricUnit: 's',
    metricValue: longest,
    limit: view.threshold('warningSeconds'),
    workload: 1,
    opensAtOnce: false,
    source,
    context: {
      waiters,
      blockers: groups.length,
      rootConnectionId: worst?.root ?? null,
      ...rootFacts(activity.sessions.find((s) => s.connectionId === worst?.root)),
      index: first?.index ?? null,
      lockMode: first?.lockMode ?? null,
    },
  }
}

const rootFacts = (session: Session | undefined) => ({
  rootCommand: session?.command ?? null,
  rootUser: session?.user ?? null,
  rootIdleSeconds: session?.command === 'Sleep' ? session.seconds : null,
})
