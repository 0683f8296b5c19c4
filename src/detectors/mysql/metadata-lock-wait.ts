/** Sessions wait for a metadata lock, usually behind a DDL that itself waits. */
import type { Finding } from '../../core/detector.ts'
import type { MetadataWait } from '../../engines/mysql/shapes.ts'
import { goneFindings, grade, type MysqlDetector, type MysqlView, worthSaying } from './mysql-detector.ts'

export const metadataLockWait: MysqlDetector = {
  id: 'mysql/metadata-lock-wait',
  version: 2,
  engine: 'mysql',
  title: 'Sessions wait for a metadata lock',
  category: 'LOCK_CONTENTION',
  source: 'ACTIVITY_SNAPSHOT',
  needs: ['process'],
  reads: ['activity'],
  everyMs: 5_000,
  thresholds: {
    warningSeconds: {
      value: 2,
      unit: 's',
      why: 'every statement on the table stands behind the first one waiting',
    },
    criticalSeconds: { value: 10, unit: 's', why: 'most applications give up near ten seconds' },
    criticalWaiters: {
      value: 5,
      unit: 'sessions',
      why: 'more than five sessions on one table is a standstill',
    },
  },
  async detect(view) {
    const reading = await view.read('activity')
    if (!reading.known) return []
    const byTable = Map.groupBy(chains(reading.value.metadataWaits), (chain) => tableOf(view, chain))
    const found = [...byTable].map(([name, some]) => judge(view, name, some.flat()))
    const gone = goneFindings(view, found, {
      resourceType: 'table',
      metricName: 'longest_wait_seconds',
      metricUnit: 's',
      limit: view.threshold('warningSeconds'),
    })
    return worthSaying([...found, ...gone], view.tracked)
  },
}

const nameOf = (wait: MetadataWait): string =>
  wait.table === null ? 'unknown table' : `${wait.schema ?? ''}.${wait.table}`

/**
 * Waits that hang together: who waits for whom, over however many tables. A DDL on a table that others refer to locks
 * those too, and what waits on each of them waits for one thing. Where blockers are not known, a table is a chain.
 */
function chains(waits: readonly MetadataWait[]): readonly (readonly MetadataWait[])[] {
  const leaderOf = new Map<string, string>()
  const leader = (id: string): string => {
    let at = id
    for (let next = leaderOf.get(at); next !== undefined; next = leaderOf.get(at)) at = next
    return at
  }
  const join = (one: string, other: string): void => {
    const [a, b] = [leader(one), leader(other)]
    if (a !== b) leaderOf.set(a, b)
  }
  for (const wait of waits) {
    if (wait.blockers === null) join(`session ${wait.waiter}`, `table ${nameOf(wait)}`)
    for (const blocker of wait.blockers ?? []) join(`session ${wait.waiter}`, `session ${blocker}`)
  }
  return [...Map.groupBy(waits, (wait) => leader(`session ${wait.waiter}`)).values()]
}

/** One chain is one issue: the table already followed, else that of its longest wait. */
function tableOf(view: MysqlView, chain: readonly MetadataWait[]): string {
  const names = chain
    .toSorted((a, b) => b.waitSeconds - a.waitSeconds || (nameOf(a) < nameOf(b) ? -1 : 1))
    .map(nameOf)
  return names.find((name) => view.tracked.has(`metadata|${name}`)) ?? names[0] ?? 'unknown table'
}

function judge(view: MysqlView, name: string, waits: readonly MetadataWait[]): Finding {
  const longest = Math.max(0, ...waits.map((w) => w.waitSeconds))
  const blockers = [...new Set(waits.flatMap((w) => w.blockers ?? []))]
  return {
    resourceType: 'table',
    resourceName: name,
    resourceKey: `metadata|${name}`,
    severity: grade(
      longest > view.threshold('criticalSeconds') || waits.length > view.threshold('criticalWaiters'),
      longest > view.threshold('warningSeconds'),
    ),
    metricName: 'longest_wait_seconds',
    metricUnit: 's',
    metricValue: longest,
    limit: view.threshold('warningSeconds'),
    workload: 1,
    opensAtOnce: false,
    context: {
      waiters: waits.length,
      tables: [...new Set(waits.map(nameOf))].sort().slice(0, 50),
      blockersKnown: waits.every((w) => w.blockers !== null),
      blockers: blockers.slice(0, 50),
      connections: waits.map((w) => w.waiter).slice(0, 50),
    },
  }
}
