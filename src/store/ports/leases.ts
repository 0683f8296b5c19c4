/**
 * Leases: taking the oldest free rows of a table so that no other copy takes them. On the MySQL family rows
 * another transaction is just taking are skipped; SQLite has one writer at a time. A lease is given back by
 * letting it run out now: rows never taken come first, then the ones given back longest ago, so that no row
 * that cannot be helped keeps the others waiting.
 */
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Lease } from '../../core/store-ports.ts'
import { bounded, now, nowPlus, statement } from '../database/raw-sql.ts'
import type { Runner } from '../database/store-database.ts'
import type { DialectName } from '../schema/dialect.ts'

/** The store refuses longer ones (GOV-047), seconds. */
const LONGEST_SECONDS = 600

/** Tables with lease columns, and the key of each. */
const KEYS = {
  targets: 'target_id',
  detected_issues: 'issue_id',
  evidence_requests: 'request_id',
  recovery_requests: 'recovery_request_id',
} as const
/** A table whose rows are leased for work. */
export type LeasedTable = keyof typeof KEYS

/** When a lease taken now runs out. At least one second, at most ten minutes. */
export function leaseEnd(dialect: DialectName, lease: Lease): RawBuilder<string> {
  return nowPlus(dialect, Math.max(1, Math.min(LONGEST_SECONDS, lease.seconds)))
}

/** Is the row free? */
export function leaseIsFree(dialect: DialectName): RawBuilder<SqlBool> {
  return sql<SqlBool>`(lease_owner IS NULL OR lease_expires_at <= ${now(dialect)})`
}

/** Takes up to `most` free rows that fulfil `condition`; gives their ids. Call it inside a transaction. */
export async function takeRows(
  runner: Runner,
  table: LeasedTable,
  claim: { readonly lease: Lease; readonly condition: Expression<SqlBool>; readonly most: number },
): Promise<readonly number[]> {
  const { dialect } = runner
  const name = sql.table(table)
  const key = sql.ref(KEYS[table])
  const skip = dialect === 'mysql' ? sql` FOR UPDATE SKIP LOCKED` : sql``
  const found = await runner.all(
    statement(
      dialect,
      sql<{
        id: number
      }>`SELECT ${key} AS id FROM ${name} WHERE ${claim.condition} AND ${leaseIsFree(dialect)}
        ORDER BY lease_expires_at, ${key} LIMIT ${sql.raw(String(bounded(claim.most, 200)))}${skip}`,
    ),
  )
  const taken: number[] = []
  for (const { id } of found) {
    const written = await runner.write(
      statement(
        dialect,
        sql`UPDATE ${name} SET lease_owner = ${claim.lease.owner}, lease_expires_at = ${leaseEnd(dialect, claim.lease)}
          WHERE ${key} = ${id} AND ${leaseIsFree(dialect)}`,
      ),
    )
    if (written.rows === 1) taken.push(id)
  }
  return taken
}

/** Gives back what `owner` holds: one row, or with `id` null all of the table. */
export async function giveBack(
  runner: Runner,
  table: LeasedTable,
  held: { readonly owner: string; readonly id: number | null },
): Promise<void> {
  const { dialect } = runner
  const one = held.id === null ? sql`` : sql` AND ${sql.ref(KEYS[table])} = ${held.id}`
  await runner.write(
    statement(
      dialect,
      sql`UPDATE ${sql.table(table)} SET lease_expires_at = ${now(dialect)}
        WHERE lease_owner = ${held.owner} AND lease_expires_at > ${now(dialect)}${one}`,
    ),
  )
}
