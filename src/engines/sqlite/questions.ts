/** Answers questions about one database on one connection. It writes nothing, and never rejects: what cannot be told is unknown. */
import { existsSync, statfsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import Database from 'better-sqlite3'
import type { Ask, Reading } from '../../core/observer.ts'
import { fromMs } from '../../core/time.ts'
import { quoteSqliteName } from '../../sql/quoting.ts'
import { NoAnswer, readSchema, readTable, schemaDigest } from './catalog.ts'
import { compareCopy, findLosses } from './compare-rows.ts'
import { expectedState, readState } from './database-state.ts'
import { rehearse } from './rehearse.ts'
import type { SqliteQuestions } from './shapes.ts'

type Answers = {
  readonly [K in keyof SqliteQuestions]: (
    params: SqliteQuestions[K]['params'],
  ) => SqliteQuestions[K]['answer']
}

/** The questions of one database. They are answered at once, however long that takes. */
export function createAsk(db: Database.Database): Ask<SqliteQuestions> {
  const answers = answersOf(db)
  const ask = async (kind: string, params: unknown): Promise<Reading<unknown>> => {
    try {
      if (!Object.hasOwn(answers, kind)) throw new NoAnswer(`a database is not asked for ${kind}`)
      const answer = answers[kind as keyof Answers] as (given: unknown) => unknown
      return { known: true, value: answer(params), at: fromMs(Date.now()), source: `${kind} of the database` }
    } catch (error) {
      const because = error instanceof Error ? error.message : 'it cannot be told'
      return {
        known: false,
        because,
        toProceed: 'Check the table, and that nothing holds the database locked.',
      }
    }
  }
  return ask as Ask<SqliteQuestions>
}

function answersOf(db: Database.Database): Answers {
  return {
    table: ({ table }) => readTable(db, table),
    schema: () => ({ schema: schemaDigest(readSchema(db)) }),
    expected: ({ table, ...change }) => expectedState(db, table, change),
    rehearsal: ({ table, texts, sql }) => ({ problem: rehearse(readSchema(db), { table, texts, sql }) }),
    state: ({ table }) => readState(db, table),
    losses: ({ table, ...change }) => findLosses(db, table, change),
    copied: (params) => compareCopy(db, params),
    room: ({ table }) => measureRoom(db, table),
    beside: ({ file }) => ({ exists: existsSync(absolute(file)) }),
    backup: ({ file, table }) => readBackup(db, absolute(file), table),
  }
}

function absolute(file: string): string {
  if (!isAbsolute(file)) throw new NoAnswer('the path of a file is absolute')
  return file
}

/** Reads every page of the table and its indexes. */
function measureRoom(db: Database.Database, table: string): SqliteQuestions['room']['answer'] {
  const measured = db
    .prepare<[string, string], { bytes: number | null }>(
      `SELECT sum(pgsize) AS bytes FROM dbstat WHERE aggregate = TRUE
       AND name IN (SELECT ? UNION ALL SELECT name FROM pragma_index_list(?))`,
    )
    .get(table, table)
  const pages = Number(db.pragma('page_count', { simple: true }))
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  const { bavail, bsize } = statfsSync(dirname(db.name))
  return { table: measured?.bytes ?? 0, database: pages * pageSize, free: bavail * bsize }
}

/** Opens the backup as anybody would who had to rely on it. */
function readBackup(db: Database.Database, file: string, table: string): SqliteQuestions['backup']['answer'] {
  const count = `SELECT count(*) AS n FROM ${quoteSqliteName(table)}`
  const rows = (from: Database.Database) => from.prepare<[], { n: number }>(count).get()?.n
  const backup = new Database(file, { fileMustExist: true })
  try {
    backup.pragma('query_only = ON')
    return { schema: schemaDigest(readSchema(backup)), sameRows: rows(backup) === rows(db) }
  } finally {
    backup.close()
  }
}
