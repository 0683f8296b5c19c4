/** Reads of the audit chain. */
import { type Selectable, type SqlBool, sql } from 'kysely'
import type { AuditContaining } from '../../core/audit-containing.ts'
import type { AuditRow } from '../../core/store-ports.ts'
import { bounded } from '../database/raw-sql.ts'
import { queriesOf, type StoreDatabase } from '../database/store-database.ts'
import { utc } from '../rows/cells.ts'
import type { AuditLogTable } from '../tables.ts'

/** What a link is; its kind is computed from its text and only looked up by. */
const COLUMNS = ['seq', 'at_utc', 'canonical', 'prev_hash', 'row_hash'] as const

/** Links in order, from one number on. */
export async function listAudit(
  db: StoreDatabase,
  fromSeq: number,
  limit: number,
): Promise<readonly AuditRow[]> {
  const query = queriesOf(db.dialect)
    .selectFrom('audit_log')
    .select(COLUMNS)
    .where('seq', '>=', fromSeq)
    .orderBy('seq')
    .limit(bounded(limit, 10_000))
  return (await db.all(query)).map(auditRow)
}

/**
 * Links newest first. A kind is looked up in its index; no index knows their words, so there the store reads through the
 * links and hands on only what is looked for.
 */
export async function listAuditContaining(
  db: StoreDatabase,
  { from, to, kind, contains, limit }: AuditContaining,
): Promise<readonly AuditRow[]> {
  let query = queriesOf(db.dialect)
    .selectFrom('audit_log')
    .select(COLUMNS)
    .where('seq', '>=', from)
    .where('seq', '<=', to)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  for (const { oneOf, anyCase } of contains) {
    const words = anyCase === true ? sql`lower(canonical)` : sql`canonical`
    const holds = oneOf.map((text) => sql<SqlBool>`instr(${words}, ${text}) > 0`)
    query = query.where((of) => of.or(holds))
  }
  return (await db.all(query.orderBy('seq', 'desc').limit(bounded(limit)))).map(auditRow)
}

const auditRow = (row: Pick<Selectable<AuditLogTable>, (typeof COLUMNS)[number]>): AuditRow => ({
  seq: row.seq,
  at: utc(row.at_utc),
  canonical: row.canonical,
  prevHash: row.prev_hash,
  rowHash: row.row_hash,
})
