// Gathers errors from private servers: MariaDB and PostgreSQL in several languages, SQLite in its one.
import Database from 'better-sqlite3'
import { createConnection } from 'mysql2/promise'
import { startMariadb } from '../../../src/lab/servers/index.ts'
import { findPostgres, postgresLanguages, privatePostgres } from '../../support/private-postgres.ts'
import { type Answer, type Gathered, gather, together } from './corpus.ts'
import { Draw } from './draw.ts'
import { MARIADB_FAULTS, MARIADB_SCHEMA } from './mariadb-faults.ts'
import { PgWire, type WireError } from './pg-wire.ts'
import { POSTGRES_FAULTS, POSTGRES_SCHEMA } from './postgres-faults.ts'
import { SQLITE_FAULTS, SQLITE_SCHEMA } from './sqlite-faults.ts'

/** How much of each engine. */
export interface Amount {
  readonly seed: number
  /** Statements in each language. */
  readonly count: number
}

/** Languages of MariaDB's messages, by the name `lc_messages` takes. */
export const MARIADB_LANGUAGES: readonly string[] = ['en_US', 'de_DE', 'fr_FR', 'ja_JP', 'ru_RU', 'es_ES']
/** Those of PostgreSQL that are used where they are installed. */
const POSTGRES_LANGUAGES: readonly string[] = ['de', 'fr', 'ja', 'ru', 'es']

interface MysqlError {
  readonly errno?: number
  readonly sqlState?: string
  readonly sqlMessage?: string
}

/** Errors of a private MariaDB. */
export async function gatherMariadb(
  { seed, count }: Amount,
  languages: readonly string[] = MARIADB_LANGUAGES,
): Promise<Gathered> {
  await using server = await startMariadb({ instruments: 'server-default' })
  const root = await createConnection(server.rootUri)
  for (const statement of MARIADB_SCHEMA) await root.query(statement)
  const [host, port, database] = [server.host, server.port, 'shop']
  const stranger = await createConnection({ host, port, database, user: 'stranger', password: 'stranger' })
  const parts: Gathered[] = []
  for (const [i, language] of languages.entries()) {
    for (const session of [root, stranger]) await session.query(`SET lc_messages = '${language}'`)
    const run = async (fault: { statement: string; isStranger?: boolean }): Promise<Answer> => {
      try {
        await (fault.isStranger === true ? stranger : root).query(fault.statement)
        return null
      } catch (error) {
        const { errno, sqlState, sqlMessage } = error as MysqlError
        return { message: sqlMessage ?? '', errno, sqlstate: sqlState, database }
      }
    }
    const draw = new Draw(seed * 100 + i, true)
    const codeOf = (answer: NonNullable<Answer>): string => String(answer.errno)
    parts.push(
      await gather({ engine: 'mariadb', language, families: MARIADB_FAULTS, draw, count, run, codeOf }),
    )
  }
  await Promise.all([root.end(), stranger.end()])
  return together(parts)
}

/** Errors of a private PostgreSQL; null where none is installed. */
export async function gatherPostgres(
  { seed, count }: Amount,
  wanted: readonly string[] = POSTGRES_LANGUAGES,
): Promise<Gathered | null> {
  const bin = findPostgres()
  if (bin === null) return null
  const server = await privatePostgres(bin)
  try {
    const installed = new Set(postgresLanguages())
    const parts: Gathered[] = []
    for (const [i, language] of ['en', ...wanted.filter((each) => installed.has(each))].entries()) {
      await server.speak(language)
      const root = await PgWire.open(server.socketPath, 'app')
      const made = i === 0 ? await root.run(POSTGRES_SCHEMA) : null
      if (made !== null) throw new Error(made.get('M'))
      const stranger = await PgWire.open(server.socketPath, 'stranger')
      const run = async (fault: { statement: string; isStranger?: boolean }): Promise<Answer> =>
        answerOf(await (fault.isStranger === true ? stranger : root).run(fault.statement))
      const draw = new Draw(seed * 100 + 50 + i, false)
      const codeOf = (answer: NonNullable<Answer>): string => answer.sqlstate ?? ''
      parts.push(
        await gather({ engine: 'postgresql', language, families: POSTGRES_FAULTS, draw, count, run, codeOf }),
      )
      for (const session of [root, stranger]) session.close()
    }
    return together(parts)
  } finally {
    await server.stop()
  }
}

function answerOf(error: WireError | null): Answer {
  if (error === null) return null
  return {
    message: error.get('M') ?? '',
    sqlstate: error.get('C'),
    schema: error.get('s'),
    table: error.get('t'),
    column: error.get('c'),
    constraint: error.get('n'),
  }
}

/** Errors of SQLite in memory. */
export async function gatherSqlite({ seed, count }: Amount): Promise<Gathered> {
  using opened = disposable(new Database(':memory:'))
  const { db } = opened
  db.exec(SQLITE_SCHEMA)
  const run = ({ statement }: { statement: string }): Answer => {
    try {
      const prepared = db.prepare(statement)
      if (prepared.reader) prepared.all()
      else prepared.run()
      return null
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      return { code, message }
    }
  }
  const draw = new Draw(seed * 100 + 99, false)
  const codeOf = (answer: NonNullable<Answer>): string => String(answer.code)
  return await gather({ engine: 'sqlite', language: 'en', families: SQLITE_FAULTS, draw, count, run, codeOf })
}

const disposable = (db: Database.Database) => ({ db, [Symbol.dispose]: () => db.close() })
