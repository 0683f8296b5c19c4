/** M3: sessions wait for a row lock, counted on the session at the root of the wait. */
import type { Finding } from '../../core/detector.ts'
import type { Activity, ConnectionId, LockWait } from '../../engines/mysql/shapes.ts'
import { grade, type MysqlDetector, type MysqlView } from './mysql-detector.ts'

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
    const found = rootGroups(reading.value).map((group) => judge(view, group, reading.value))
    return [...found, ...calm(view, found)]
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
  const groups = new Map<ConnectionId, LockWait[]>()
  for (const wait of activity.lockWaits) {
    const root = rootOf(wait.blocker, blockerOf)
    groups.set(root, [...(groups.get(root) ?? []), wait])
  }
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

function judge(view: MysqlView, group: Group, activity: Activity): Finding {
  const waiters = new Set(group.waits.map((w) => w.waiter)).size
  const longest = Math.max(...group.waits.map((w) => w.waitSeconds))
  const [first] = group.waits
  const table =
    first?.table === null || first === undefined ? 'unknown table' : `${first.schema ?? ''}.${first.table}`
  const session = activity.sessions.find((s) => s.connectionId === group.root)
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
    context: {
      waiters,
      rootConnectionId: group.root,
      rootCommand: session?.command ?? null,
      rootUser: session?.user ?? null,
      rootIdleSeconds: session?.command === 'Sleep' ? session.seconds : null,
      index: first?.index ?? null,
      lockMode: first?.lockMode ?? null,
    },
  }
}

/** Followed tables with no waits now: zero seconds, and the server still answers. */
function calm(view: MysqlView, found: readonly Finding[]): Finding[] {
  const seen = new Set(found.map((f) => f.resourceKey))
  return [...view.tracked]
    .filter((key) => key.startsWith('row|') && !seen.has(key))
    .map((key) => ({
      resourceType: 'table',
      resourceName: key.slice('row|'.length),
      resourceKey: key,
      severity: null,
      metricName: 'longest_wait_seconds',
      metricUnit: 's',
      metricValue: 0,
      limit: view.threshold('warningSeconds'),
      workload: 1,
      opensAtOnce: false,
      context: { waiters: 0 },
    }))
}
