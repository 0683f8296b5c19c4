/**
 * What watching costs a server, by its own figures: Performance Schema counts every statement and its time by account
 * (https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html; MariaDB has the same tables).
 */
import mysql from 'mysql2/promise'
import type { PrivateServer } from '../../src/lab/servers/index.ts'

/** Counters of one account since the server started. */
export interface AccountTime {
  readonly statements: number
  readonly ms: number
}

/** One class of statements sent without a default database. */
export interface StatementClass {
  readonly text: string
  readonly calls: number
  readonly ms: number
}

/** Figures of a server at one moment. */
export interface CostFigures {
  readonly atMs: number
  readonly ours: AccountTime
  /** Every account but the bench's own. */
  readonly all: AccountTime
  readonly classes: ReadonlyMap<string, StatementClass>
}

/** What happened between two moments. */
export interface TargetCost {
  readonly seconds: number
  /** Our statement time a second of wall time, ms. */
  readonly msPerSecond: number
  readonly statementsPerSecond: number
  /** Our part of the server's statement time, the bench's own left out; percent, null if there was none. */
  readonly sharePercent: number | null
  /** The server's statement time a second, the bench's own left out, ms. */
  readonly totalMsPerSecond: number
  /** Our classes by time, the costliest first. */
  readonly costliest: readonly CostOfClass[]
}

/** One class of ours between two moments. */
export interface CostOfClass {
  readonly text: string
  readonly callsPerMinute: number
  readonly msPerSecond: number
  readonly meanMs: number
}

const BY_USER = `SELECT USER AS user, EVENT_NAME AS kind, COUNT_STAR AS calls, SUM_TIMER_WAIT / 1000000000 AS ms
FROM performance_schema.events_statements_summary_by_user_by_event_name WHERE COUNT_STAR > 0`
/** Digests know no account. Ours are those without a default database: loads and the bench connect with one. */
const OWN_CLASSES = `SELECT DIGEST AS digest, DIGEST_TEXT AS text, COUNT_STAR AS calls, SUM_TIMER_WAIT / 1000000000 AS ms
FROM performance_schema.events_statements_summary_by_digest WHERE SCHEMA_NAME IS NULL`
/** The user the bench reads with; what it sends is nobody's load. */
const READER = 'root'
const COSTLIEST = 8
/** On MariaDB prepared statements have no digest; they are one class here. */
const EXECUTE = 'statement/com/Execute'
const PREPARED = '(all prepared statements: this server gives them no digest)'

/** Reads a server's figures as root. */
export class CostReader {
  readonly #connection: mysql.Connection
  readonly #ours: ReadonlySet<string>
  readonly #digestsExecute: boolean

  private constructor(connection: mysql.Connection, ours: ReadonlySet<string>, digestsExecute: boolean) {
    this.#connection = connection
    this.#ours = ours
    this.#digestsExecute = digestsExecute
  }

  /** @param ours users of dbmedic on this server; clones of them, `USER_1` and so on, count as them */
  static async open(
    server: Pick<PrivateServer, 'rootUri' | 'flavour'>,
    ours: readonly string[],
  ): Promise<CostReader> {
    const connection = await mysql.createConnection({ uri: server.rootUri, database: 'performance_schema' })
    connection.on('error', () => undefined)
    return new CostReader(connection, new Set(ours), server.flavour === 'mysql')
  }

  async now(): Promise<CostFigures> {
    const users = await this.#rows(BY_USER)
    const own = users.filter((row) => this.#ours.has(String(row['user']).replace(/_\d+$/, '')))
    const classes = new Map(
      (await this.#rows(OWN_CLASSES)).map((row) => [
        String(row['digest']),
        { text: String(row['text']), calls: Number(row['calls']), ms: Number(row['ms']) },
      ]),
    )
    const prepared = sumOf(own.filter((row) => row['kind'] === EXECUTE))
    if (!this.#digestsExecute)
      classes.set(EXECUTE, { text: PREPARED, calls: prepared.statements, ms: prepared.ms })
    return {
      atMs: performance.now(),
      ours: sumOf(own),
      all: sumOf(users.filter((row) => row['user'] !== READER)),
      classes,
    }
  }

  close(): void {
    this.#connection.destroy()
  }

  async #rows(sql: string): Promise<mysql.RowDataPacket[]> {
    const [rows] = await this.#connection.query<mysql.RowDataPacket[]>(sql)
    return rows
  }
}

function sumOf(rows: readonly mysql.RowDataPacket[]): AccountTime {
  return {
    statements: rows.reduce((total, row) => total + Number(row['calls']), 0),
    ms: rows.reduce((total, row) => total + Number(row['ms']), 0),
  }
}

/** The cost between two moments of one server. */
export function costBetween(before: CostFigures, after: CostFigures): TargetCost {
  const seconds = (after.atMs - before.atMs) / 1000
  const ours = after.ours.ms - before.ours.ms
  const all = after.all.ms - before.all.ms
  return {
    seconds,
    msPerSecond: ours / seconds,
    statementsPerSecond: (after.ours.statements - before.ours.statements) / seconds,
    sharePercent: all > 0 ? (100 * ours) / all : null,
    totalMsPerSecond: all / seconds,
    costliest: costliest(before, after, seconds),
  }
}

function costliest(before: CostFigures, after: CostFigures, seconds: number): readonly CostOfClass[] {
  const grown = [...after.classes].map(([digest, now]) => {
    const was = before.classes.get(digest) ?? { calls: 0, ms: 0 }
    return { text: now.text, calls: now.calls - was.calls, ms: now.ms - was.ms }
  })
  return grown
    .filter((one) => one.calls > 0)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, COSTLIEST)
    .map((one) => ({
      text: one.text,
      callsPerMinute: (60 * one.calls) / seconds,
      msPerSecond: one.ms / seconds,
      meanMs: one.ms / one.calls,
    }))
}

/** Our costliest statements as a Markdown list. */
export const costliestLines = (costs: readonly CostOfClass[]): string =>
  costs
    .map((c) => {
      const text = c.text.replaceAll('`', '').replaceAll(/\s+/g, ' ')
      const short = text.length > 150 ? `${text.slice(0, 60)} … ${text.slice(-85)}` : text
      return `- ${c.msPerSecond.toFixed(3)} ms/s, ${c.callsPerMinute.toFixed(1)} a minute of ${c.meanMs.toFixed(2)} ms: \`${short}\``
    })
    .join('\n')
