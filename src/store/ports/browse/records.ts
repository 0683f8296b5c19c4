/** What became of what was done: the track record of each action, and what confidence was worth. */
import { type RawBuilder, sql } from 'kysely'
import type { ActionRecord, BrowsePort, ConfidenceBin, Reliability } from '../../../core/browse-port.ts'
import type { UtcTime } from '../../../core/time.ts'
import type { ExecutionOutcome, Verdict } from '../../../core/vocabulary.ts'
import { statement } from '../../database/raw-sql.ts'
import type { StoreDatabase } from '../../database/store-database.ts'
import { wilsonInterval } from '../../reports/wilson-interval.ts'
import { utc } from '../../rows/cells.ts'

/** Track records and reliability over a store. */
export function records(db: StoreDatabase): Pick<BrowsePort, 'actionRecords' | 'reliability'> {
  return {
    actionRecords: (workspaceId) => actionRecords(db, workspaceId),
    reliability: (workspaceId) => reliability(db, workspaceId),
  }
}

const rowsOf = <R>(db: StoreDatabase, query: RawBuilder<R>): Promise<R[]> =>
  db.all(statement(db.dialect, query))

/** A decimal column as a number; SQLite keeps it times 10^scale. */
const decimal = ({ dialect }: StoreDatabase, column: string, scale: number): RawBuilder<number> =>
  sql.raw(dialect === 'sqlite' ? `(${column} / ${10 ** scale}.0)` : column)

interface Group {
  readonly name: string
  readonly outcome: ExecutionOutcome | null
  readonly verdict: Verdict | null
  readonly n: number
  readonly last: string
}

async function actionRecords(db: StoreDatabase, workspaceId: number): Promise<readonly ActionRecord[]> {
  const runs = sql`FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
    JOIN targets t ON t.target_id = d.target_id JOIN predefined_actions p ON p.action_id = x.action_id
    LEFT JOIN post_execution_metrics v ON v.execution_id = x.execution_id
    WHERE x.purpose = 'DO' AND t.workspace_id = ${workspaceId}`
  const groups = await rowsOf(
    db,
    sql<Group>`SELECT p.action_name AS name, x.execution_outcome AS outcome, v.verdict AS verdict,
      COUNT(*) AS n, MAX(x.queued_at) AS last ${runs}
      GROUP BY p.action_name, x.execution_outcome, v.verdict ORDER BY p.action_name LIMIT 5000`,
  )
  const medians = await rowsOf(
    db,
    // The middle one of an odd number, both middle ones of an even number.
    sql<{ name: string; median: number | string }>`SELECT r.name AS name, AVG(r.gain) AS median FROM
      (SELECT p.action_name AS name, ${decimal(db, 'v.improvement_percent', 4)} AS gain,
        ROW_NUMBER() OVER (PARTITION BY p.action_name ORDER BY v.improvement_percent) AS place,
        COUNT(*) OVER (PARTITION BY p.action_name) AS among
      ${runs} AND v.verdict <> 'undecided' AND v.improvement_percent IS NOT NULL) r
      WHERE 2 * r.place BETWEEN r.among AND r.among + 2 GROUP BY r.name`,
  )
  const median = new Map(medians.map((row) => [row.name, Number(row.median)]))
  return [...Map.groupBy(groups, (group) => group.name)].map(([actionName, own]) => ({
    actionName,
    runs: total(own),
    outcomes: counts(own, (group) => group.outcome),
    verdicts: counts(own, (group) => group.verdict),
    medianImprovementPercent: median.get(actionName) ?? null,
    lastRunAt: own
      .map((group) => utc(group.last))
      .toSorted()
      .at(-1) as UtcTime,
  }))
}

const total = (groups: readonly Group[]): number => groups.reduce((sum, group) => sum + Number(group.n), 0)

function counts<Key extends string>(groups: readonly Group[], keyOf: (group: Group) => Key | null) {
  const known = groups.flatMap((group) => {
    const key = keyOf(group)
    return key === null ? [] : [{ key, group }]
  })
  return [...Map.groupBy(known, ({ key }) => key)].map(([key, own]) => ({
    key,
    count: total(own.map(({ group }) => group)),
  }))
}

interface Tenth {
  readonly tenth: number
  readonly n: number
  readonly confidence: number | string
  readonly resolved: number | string
  readonly accuracy: number | string
}

async function reliability(db: StoreDatabase, workspaceId: number | null): Promise<Reliability> {
  const ofWorkspace =
    workspaceId === null
      ? sql``
      : sql`AND EXISTS (SELECT 1 FROM detected_issues i JOIN targets t ON t.target_id = i.target_id
          WHERE i.issue_id = l.issue_id AND t.workspace_id = ${workspaceId})`
  const tenth =
    db.dialect === 'sqlite' ? sql`(l.predicted_confidence / 1000)` : sql`FLOOR(l.predicted_confidence * 10)`
  const rows = await rowsOf(
    db,
    sql<Tenth>`SELECT ${tenth} AS tenth, COUNT(*) AS n, SUM(l.issue_resolved_flag) AS resolved,
      AVG(${decimal(db, 'l.predicted_confidence', 4)}) AS confidence,
      AVG(${decimal(db, 'l.ai_confidence_accuracy', 8)}) AS accuracy
      FROM learning_records l
      WHERE l.learning_complete = 1 AND l.execution_id IS NOT NULL AND l.issue_resolved_flag IS NOT NULL
        ${ofWorkspace}
      GROUP BY ${tenth} ORDER BY ${tenth}`,
  )
  const among = rows.reduce((sum, row) => sum + Number(row.n), 0)
  const bins = rows.map(binOf)
  const mean = (of: (index: number) => number): number | null =>
    among === 0 ? null : rows.reduce((sum, row, index) => sum + Number(row.n) * of(index), 0) / among
  return {
    bins,
    records: among,
    brier: mean((index) => 1 - Number(rows[index]?.accuracy)),
    calibrationError: mean((index) => {
      const bin = bins[index]
      return bin === undefined ? 0 : Math.abs(bin.meanConfidence - bin.share.value)
    }),
  }
}

function binOf(row: Tenth): ConfidenceBin {
  const [n, hits] = [Number(row.n), Number(row.resolved)]
  const interval = wilsonInterval(hits, n) ?? { low: 0, high: 1 }
  return {
    from: Number(row.tenth) / 10,
    records: n,
    meanConfidence: Number(row.confidence),
    resolved: hits,
    share: { value: hits / n, ...interval },
  }
}
