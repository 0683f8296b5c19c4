/**
 * Raw texts for the busiest classes, so that they can be planned: MySQL keeps one with each digest, MariaDB only
 * in the statement history. A text counts only if its own fingerprint is the class's, which a cut text's is not.
 */

import { toMs } from '../../../core/time.ts'
import { fingerprint, type SqlDialect, SqlLexer, TokenKind } from '../../../sql/index.ts'
import { text, utcTime } from '../cells.ts'
import type { CollectorTarget } from '../collector.ts'
import { placeholders } from '../placeholders.ts'
import { isServerDigest } from './prepared-statements.ts'
import { programText } from './program-statements.ts'
import type { SummedClass } from './statement-classes.ts'

/** Classes asked for in one reading. */
const CLASSES_MAX = 20
/** A sample older than this is replaced, ms: literals and with them plans move on. */
const STALE_MS = 10 * 60_000
/** Digests of one class that are asked for; any of them will do. */
const DIGESTS_OF_A_CLASS_MAX = 20
/**
 * MySQL renews the text it keeps with a digest once a minute (performance_schema_max_digest_sample_age), so asking sooner again
 * brings the same text; the question reads the whole digest table, whose index on DIGEST it cannot use. MariaDB's history is
 * short-lived and small: there each reading asks.
 */
const ASK_AGAIN_MS = { mysql: 60_000, mariadb: 0 } as const

const MYSQL_SQL = (
  marks: string,
) => `SELECT QUERY_SAMPLE_TEXT AS sample, QUERY_SAMPLE_SEEN AS seen, SCHEMA_NAME AS db
FROM performance_schema.events_statements_summary_by_digest
WHERE DIGEST IN (${marks}) AND QUERY_SAMPLE_TEXT IS NOT NULL LIMIT 100`

const MARIADB_SQL = (
  marks: string,
) => `SELECT SQL_TEXT AS sample, UTC_TIMESTAMP(6) AS seen, CURRENT_SCHEMA AS db
FROM performance_schema.events_statements_history
WHERE DIGEST IN (${marks}) AND SQL_TEXT IS NOT NULL ORDER BY TIMER_START DESC LIMIT 200`

/** Looks for texts of the busiest classes that have none, an old one, or one that does not say in which database it ran. @throws TargetError */
export async function fillSamples(target: CollectorTarget, classes: readonly SummedClass[]): Promise<void> {
  for (const one of classes) keepWritten(target, one)
  const wanted = classes.filter((one) => needsText(target, one)).slice(0, CLASSES_MAX)
  if (wanted.length === 0) return
  const digests = wanted.flatMap((one) =>
    one.digests
      .filter((digest) => isServerDigest(digest) && programText(digest) === null)
      .slice(0, DIGESTS_OF_A_CLASS_MAX),
  )
  for (const one of wanted) target.samples.noteAsked(one.fingerprintId)
  if (digests.length === 0) return
  const sql = target.server.flavour === 'mariadb' ? MARIADB_SQL : MYSQL_SQL
  const rows = await target.query(sql(placeholders(digests)), digests)
  const ids = new Set(wanted.map((one) => one.fingerprintId))
  for (const row of rows) {
    const sample = text(row['sample'])
    const at = utcTime(row['seen'])
    if (sample === null || at === null) continue
    const { id, truncated } = fingerprint(sample, target.dialect)
    if (ids.has(id) && !truncated && !hasPlaceholder(sample, target.dialect))
      target.samples.put(id, { rawText: sample, database: text(row['db']), at })
  }
}

/** How a statement is written in the program it runs in; the server may have cut it. */
function keepWritten({ samples, dialect }: CollectorTarget, one: SummedClass): void {
  if (one.within === undefined) return
  const written = one.digests.flatMap((digest) => programText(digest) ?? []).at(0)
  if (written === undefined) return
  const [kind = ''] = one.within.split(' ', 1)
  const schema = one.schema ?? ''
  const name = one.within.slice(`${kind} ${schema}.`.length)
  const isProgram = written === one.within
  if (!isProgram && fingerprint(written, dialect).truncated) return
  samples.putWritten(one.fingerprintId, { text: isProgram ? null : written, kind, schema, name })
}

/** MySQL keeps prepared statements with their `?`; those cannot be planned. */
function hasPlaceholder(sql: string, dialect: SqlDialect): boolean {
  const lexer = new SqlLexer(sql, dialect)
  for (let kind = lexer.next(); kind !== TokenKind.end; kind = lexer.next()) {
    if (kind === TokenKind.placeholder) return true
  }
  return false
}

function needsText(target: CollectorTarget, one: SummedClass): boolean {
  const againMs = ASK_AGAIN_MS[target.server.flavour] * target.options.pace
  if (target.samples.askedWithin(one.fingerprintId, againMs)) return false
  const sample = target.samples.get(one.fingerprintId)
  return sample === null || sample.database === null || Date.now() - toMs(sample.at) > STALE_MS
}
