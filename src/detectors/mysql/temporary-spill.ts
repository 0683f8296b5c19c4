/** Temporary tables go to disk. Sorts are `sort-spill`’s. */
import type { StatementDelta, StatementWindow, StatusWindow } from '../../engines/mysql/shapes.ts'
import { grade, leastOver, type MysqlDetector, worthSaying } from './mysql-detector.ts'
import { serverFinding } from './server-finding.ts'

/** Share of calls without a class from which classes do not tell the whole, percent. */
const BLIND_PERCENT = 1

export const temporarySpill: MysqlDetector = {
  id: 'mysql/temporary-spill',
  version: 2,
  engine: 'mysql',
  title: 'Temporary tables spill to disk',
  category: 'MEMORY',
  source: 'ENGINE_STATUS',
  needs: [],
  reads: ['status', 'statements'],
  everyMs: 10_000,
  thresholds: {
    diskPercent: { value: 25, unit: 'percent', why: 'a quarter of temporary tables on disk' },
    perSecond: { value: 1, unit: '1/s', why: 'rarer spills do not add up' },
  },
  async detect(view) {
    const reading = await view.read('status')
    if (!reading.known) return []
    const statements = await view.read('statements')
    const window = statements.known ? statements.value : null
    const { disk, all, elapsedMs } = made(reading.value, window)
    if (disk === undefined || all === undefined || elapsedMs <= 0) return []
    const percent = {
      metricName: 'disk_temporary_tables_percent',
      metricUnit: 'percent',
      metricValue: all > 0 ? (100 * disk) / all : 0,
      limit: view.threshold('diskPercent'),
    }
    const rate = {
      metricName: 'disk_temporary_tables_per_second',
      metricUnit: '1/s',
      metricValue: (1000 * disk) / elapsedMs,
      limit: view.threshold('perSecond'),
    }
    const spilling = percent.metricValue > percent.limit && rate.metricValue > rate.limit
    const measure = spilling ? rate : leastOver(percent, rate)
    const finding = serverFinding({
      key: 'temporary-spill',
      name: 'temporary tables',
      severity: grade(false, spilling),
      metric: measure.metricName,
      unit: measure.metricUnit,
      value: measure.metricValue,
      limit: measure.limit,
      context: {
        diskPercent: percent.metricValue,
        perSecond: rate.metricValue,
        sortMergePasses: reading.value.deltas['sort_merge_passes'] ?? null,
        ...worstSpiller(window),
      },
    })
    return worthSaying([finding], view.tracked)
  },
}

/** Temporary tables of a window; a figure that was not counted is undefined. */
interface Made {
  readonly disk: number | undefined
  readonly all: number | undefined
  readonly elapsedMs: number
}

const made = (status: StatusWindow, statements: StatementWindow | null): Made =>
  (statements === null ? null : byClasses(statements)) ?? byCounters(status, statements)

/** As the server counts them, without those that reading its catalogs makes: the observer's own, and that of classes that are known. */
function byCounters({ deltas, elapsedMs }: StatusWindow, statements: StatementWindow | null): Made {
  // The two windows need not be equally long.
  const share = statements === null || statements.elapsedMs <= 0 ? 0 : elapsedMs / statements.elapsedMs
  const readers = statements?.statements.filter(readsCatalog) ?? []
  const others = (name: string, of: (s: StatementDelta) => number): number | undefined => {
    const all = deltas[name]
    const catalog = share * readers.reduce((total, s) => total + of(s), 0)
    return all === undefined ? undefined : Math.max(0, all - (deltas[`own_${name}`] ?? 0) - catalog)
  }
  return {
    disk: others('created_tmp_disk_tables', (s) => s.tmpDiskTables),
    all: others('created_tmp_tables', (s) => s.tmpTables),
    elapsedMs,
  }
}

/** What reads the server's own catalogs (any monitor does) makes temporary tables with long columns, which no index or size keeps in memory. */
const CATALOG = /\b(?:information_schema|performance_schema)`? ?\./i
/** Its views are read as tables; elsewhere `sys.` may be an application's alias. */
const SYS = /\b(?:from|join|call) \(* ?`?sys`? ?\./i
const readsCatalog = ({ fingerprint }: StatementDelta): boolean =>
  CATALOG.test(fingerprint) || SYS.test(fingerprint)
const ofApplications = ({ statements }: StatementWindow): readonly StatementDelta[] =>
  statements.filter((s) => !readsCatalog(s))

/** Those of the applications alone; null where some of their calls are in no class. */
function byClasses(window: StatementWindow): Made | null {
  if (window.blindPercent > BLIND_PERCENT || (window.unseenCalls ?? 0) > 0) return null
  const classes = ofApplications(window)
  const sum = (of: (s: StatementDelta) => number): number => classes.reduce((total, s) => total + of(s), 0)
  return { disk: sum((s) => s.tmpDiskTables), all: sum((s) => s.tmpTables), elapsedMs: window.elapsedMs }
}

/** The statement class that made most of them, if classes are known. */
function worstSpiller(window: StatementWindow | null) {
  const worst = [...(window === null ? [] : ofApplications(window))].sort(
    (a, b) => b.tmpDiskTables - a.tmpDiskTables,
  )[0]
  const named = worst !== undefined && worst.tmpDiskTables > 0 ? worst : null
  return { worstFingerprintId: named?.fingerprintId ?? null, worstFingerprint: named?.fingerprint ?? null }
}
