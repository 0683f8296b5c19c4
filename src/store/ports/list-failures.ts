/** Reads of what applications reported: pages of patterns, and one with its places. */
import { type Selectable, type SqlBool, sql } from 'kysely'
import type { Page } from '../../core/browse-port.ts'
import type {
  FailurePattern,
  FailurePatternQuery,
  FailureReads,
  SeenSite,
} from '../../core/failure-patterns.ts'
import { FAILURE_SITES_MOST } from '../../core/failure-patterns.ts'
import { bounded } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { utc } from '../rows/cells.ts'
import type { FailurePatternsTable, FailureSitesTable } from '../tables.ts'
import { recoveryRecord } from './recovery-record.ts'

/** Rows of a page at most. */
const PAGE_MOST = 200

const SORT_COLUMNS = { first: 'p.pattern_id', seen: 'p.last_seen_at', count: 'p.occurrence_count' } as const

/** One page; the next goes on by value and id, so that no pattern comes twice for having been seen again meanwhile. */
export async function listFailures(
  db: StoreDatabase,
  query: FailurePatternQuery,
): Promise<Page<FailurePattern>> {
  const value = sql.ref(SORT_COLUMNS[query.sort])
  const direction = query.descending ? 'desc' : 'asc'
  const limit = bounded(query.limit, PAGE_MOST)
  let find = patternRows(db).select(value.$castTo<string | number>().as('sort_value'))
  if (query.workspaceId !== undefined) find = find.where('p.workspace_id', '=', query.workspaceId)
  if (query.engine !== undefined) find = find.where('p.engine', '=', query.engine)
  if (query.failureType !== undefined) find = find.where('p.failure_type', '=', query.failureType)
  if (query.signature !== undefined)
    find = find
      .where('p.signature', '>=', query.signature)
      .where('p.signature', '<=', query.signature.padEnd(64, 'f'))
  if (query.targetId !== undefined)
    find = find.where(
      sql<SqlBool>`EXISTS (SELECT 1 FROM failure_sites s WHERE s.pattern_id = p.pattern_id AND s.target_id = ${query.targetId})`,
    )
  const { after } = query
  if (after !== null) {
    const beyond = sql.raw(query.descending ? '<' : '>')
    find = find.where(
      sql<SqlBool>`(${value} ${beyond} ${after.value} OR (${value} = ${after.value} AND p.pattern_id ${beyond} ${after.id}))`,
    )
  }
  const rows = await db.all(
    find
      .orderBy(value, direction)
      .orderBy('p.pattern_id', direction)
      .limit(limit + 1),
  )
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(patternOf),
    next: rows.length > limit && last !== undefined ? { value: last.sort_value, id: last.pattern_id } : null,
  }
}

/** One pattern with its places and what was done about it. */
export async function oneFailure(
  db: StoreDatabase,
  workspaceId: number,
  signature: string,
): ReturnType<FailureReads['failurePattern']> {
  const row = await db.first(
    patternRows(db).where('p.workspace_id', '=', workspaceId).where('p.signature', '=', signature),
  )
  if (row === null) return null
  const sites = await db.all(
    queriesOf(db.dialect)
      .selectFrom('failure_sites as s')
      .leftJoin('targets as t', 't.target_id', 's.target_id')
      .selectAll('s')
      .select('t.target_name')
      .where('s.pattern_id', '=', row.pattern_id)
      .orderBy('s.occurrence_count', 'desc')
      .orderBy('s.site_id')
      .limit(FAILURE_SITES_MOST),
  )
  return {
    pattern: patternOf(row),
    sites: sites.map(siteOf),
    recovery: await recoveryRecord(db, row.pattern_id),
  }
}

const patternRows = (db: StoreDatabase) =>
  queriesOf(db.dialect)
    .selectFrom('failure_patterns as p')
    .selectAll('p')
    .select(sql<number>`(SELECT COUNT(*) FROM failure_sites s WHERE s.pattern_id = p.pattern_id)`.as('sites'))
    // One that was never counted is not on record yet.
    .where('p.last_seen_at', 'is not', null)

function patternOf(row: Selectable<FailurePatternsTable> & { readonly sites: number }): FailurePattern {
  return {
    workspaceId: row.workspace_id,
    signature: row.signature,
    engine: row.engine,
    code: row.error_code,
    failureType: row.failure_type,
    object: row.object_name,
    masked: row.masked_message,
    occurrences: row.occurrence_count,
    sites: Number(row.sites),
    firstSeenAt: utc(row.first_seen_at),
    lastSeenAt: utc(row.last_seen_at ?? row.first_seen_at),
  }
}

function siteOf(row: Selectable<FailureSitesTable> & { readonly target_name: string | null }): SeenSite {
  const { statement_fingerprint: fingerprint, statement_text: text } = row
  const { source_file: file, source_line: line, source_column: column } = row
  return {
    targetId: row.target_id,
    targetName: row.target_name,
    application: row.application,
    outcome: row.outcome,
    statement: fingerprint === null || text === null ? null : { fingerprint, text },
    place:
      file === null || line === null || column === null
        ? null
        : { file, line, column, function: row.source_function },
    occurrences: row.occurrence_count,
    longestMs: row.longest_ms,
    firstSeenAt: utc(row.first_seen_at),
    lastSeenAt: utc(row.last_seen_at),
  }
}
