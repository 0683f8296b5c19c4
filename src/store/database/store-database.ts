/**
 * What a repository may do with a store: compile typed queries and run them, alone or in one transaction.
 * The two implementations beside this file differ in nothing a repository can see.
 */
import {
  type Compilable,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { DialectName } from '../schema/dialect.ts'
import type { StoreTables } from '../tables.ts'
import type { StatementTimes } from './statement-times.ts'

/** A cell as a statement may carry it. */
export type Cell = string | number | null | Buffer

/** What a write did. */
export interface Written {
  /** Rows matched (not only those whose values changed). */
  readonly rows: number
  /** Id the store gave the first row; 0 if none. */
  readonly id: number
}

/** Runs statements, one after the other. */
export interface Runner {
  readonly dialect: DialectName
  all<R>(query: Compilable<R>): Promise<R[]>
  /** The first row or null. */
  first<R>(query: Compilable<R>): Promise<R | null>
  /** @throws DuplicateRow if a unique key holds such a row already; the transaction goes on. */
  write(query: Compilable<unknown>): Promise<Written>
}

/** One role's way into the store. */
export interface StoreDatabase extends Runner {
  /** How long statements of the process take, of all its roles. */
  readonly times: StatementTimes
  /**
   * Runs `work` in one transaction: all of it is stored, or nothing. Collisions with other transactions are
   * tried again from the start a bounded number of times, so `work` must have no effect but its statements.
   */
  transaction<T>(work: (runner: Runner) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Called before every statement, BEGIN and COMMIT, and again once it took effect and nobody has heard of it yet; a
 * test throws here, as a crash, a full disk or a lost answer would.
 */
export type Probe = (statement: string, moment: 'before' | 'after') => void

/** Typed queries of a dialect. They are only compiled here; a `Runner` runs them. */
export type Queries = Kysely<StoreTables>

const COMPILERS: Readonly<Record<DialectName, Queries>> = {
  sqlite: new Kysely<StoreTables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  mysql: new Kysely<StoreTables>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  }),
}

/** The query builder of a dialect. */
export function queriesOf(dialect: DialectName): Queries {
  return COMPILERS[dialect]
}
