/** Who the server behind a reader is: its uid, the start of its current life, product and version. */
import type { Identity } from '../../../core/observer.ts'
import { fromMs, toMs } from '../../../core/time.ts'
import { number, text, textOrEmpty } from '../cells.ts'
import type { Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'

/**
 * Uptime and the clock in one statement: both are of its start, so their difference is the server's start to the
 * second and does not jitter (`show_starttime` in both servers' sql/mysqld.cc).
 */
const EPOCH_SQL = {
  mariadb: `SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE AS started FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME'`,
  mysql: `SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE AS started FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime'`,
} as const

/** Epochs this far apart or less are the same life of the server; clocks are stepped. Seconds. */
const EPOCH_TOLERANCE_SECONDS = 5

/**
 * Reads the identity. MariaDB before 10.10 has no `@@server_uid`; there it is `host:port:server_id`, marked weak.
 * Rejects with the server's error, or a RangeError where the server's start cannot be read.
 */
export async function readIdentity(reader: Reader): Promise<Identity> {
  const facts = await serverFacts(reader)
  const started = number((await reader.query(EPOCH_SQL[facts.flavour]))[0]?.['started'])
  if (started === null) throw new RangeError('the server does not say since when it runs')
  const hasUid = facts.flavour === 'mysql' || facts.version >= 101_000
  return {
    instanceUid: hasUid ? await uid(reader, facts.flavour) : await weakUid(reader),
    epoch: fromMs(started * 1000),
    version: facts.versionText,
    flavour: facts.flavour,
    weak: !hasUid,
  }
}

async function uid(reader: Reader, flavour: 'mariadb' | 'mysql'): Promise<string> {
  const rows = await reader.query(`SELECT ${flavour === 'mysql' ? '@@server_uuid' : '@@server_uid'} AS uid`)
  const found = text(rows[0]?.['uid'])
  if (found === null || found === '') throw new RangeError('the server does not say who it is')
  return found
}

async function weakUid(reader: Reader): Promise<string> {
  const row = (await reader.query('SELECT @@hostname AS host, @@port AS port, @@server_id AS id'))[0] ?? {}
  return `weak:${textOrEmpty(row['host'])}:${textOrEmpty(row['port'])}:${textOrEmpty(row['id'])}`
}

/** Whether two epochs are the same life of one server. */
export function sameEpoch(left: string, right: string): boolean {
  return Math.abs(toMs(left) - toMs(right)) <= EPOCH_TOLERANCE_SECONDS * 1000
}
