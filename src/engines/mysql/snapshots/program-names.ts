/**
 * Sessions that say by their connection attributes that they are dbmedic's or a backup tool's. A client can claim
 * any name; the claim only ever keeps a session from being touched.
 */
import { text, textOrEmpty } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { PROGRAM_NAME } from '../open-connection.ts'
import { placeholders } from '../placeholders.ts'

/** Names the common backup tools give themselves. */
export const BACKUP_PROGRAMS = [
  'mysqldump',
  'mariadb-dump',
  'mysqlpump',
  'mydumper',
  'xtrabackup',
  'mariabackup',
  'mariadb-backup',
  'mysqlsh',
  'mysqlbackup',
] as const

/** Names are asked for at most this often, ms: the attributes of all sessions are scanned for them. */
const ASK_MS = 15_000

/** What the sessions' programs make of them, by connection id. */
export interface ProgramKinds {
  readonly readMs: number
  readonly kinds: ReadonlyMap<string, 'own' | 'backup'>
}

/** Reads the names, or gives `before` while it is fresh. Without the Performance Schema nobody is named. */
export async function readProgramKinds(
  target: Pick<CollectorTarget, 'query'>,
  before: ProgramKinds | null,
): Promise<ProgramKinds> {
  const readMs = performance.now()
  if (before !== null && readMs - before.readMs < ASK_MS) return before
  const names = [PROGRAM_NAME, ...BACKUP_PROGRAMS]
  const sql = `SELECT PROCESSLIST_ID AS id, ATTR_VALUE AS program FROM performance_schema.session_connect_attrs
WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE IN (${placeholders(names)}) LIMIT 1000`
  const rows = await target.query(sql, names).catch(() => [])
  const kinds = new Map(
    rows.map(
      (row) => [textOrEmpty(row['id']), text(row['program']) === PROGRAM_NAME ? 'own' : 'backup'] as const,
    ),
  )
  return { readMs, kinds }
}
