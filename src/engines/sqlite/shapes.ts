/** What may be asked of an SQLite database. Types only. Digests are SHA-256, 64 hex digits; numbers of rows are exact. */
import type { Json } from '../../core/canonical.ts'

/** A column as `PRAGMA table_xinfo` states it. */
export interface CatalogColumn {
  readonly name: string
  /** The declared type; SQLite writes its six standard ones in capitals. */
  readonly type: string
  /** 1 and up: its place in the primary key; 0: not in it. */
  readonly keyPlace: number
  /** A generated column holds no data of its own. */
  readonly isGenerated: boolean
}

/** How one row of a table is told from the others. */
export type RowKey =
  /** Under this name, which no column hides; `isColumn` where the name is that of an INTEGER PRIMARY KEY. */
  | { readonly kind: 'rowid'; readonly name: string; readonly isColumn: boolean }
  /** By the primary key of a table WITHOUT ROWID. */
  | { readonly kind: 'columns'; readonly columns: readonly string[] }

/** A table and everything that belongs to it, as it is now. */
export interface TableFacts {
  /** Real path of the database's file. */
  readonly file: string
  readonly table: string
  /** Its CREATE TABLE as SQLite keeps it. */
  readonly sql: string
  /** Why its definition cannot be changed in place of one part for certain; null where it can. */
  readonly problem: string | null
  readonly columns: readonly CatalogColumn[]
  readonly strict: boolean
  readonly autoincrement: boolean
  /** Null where the rows cannot be told apart: every name of the rowid is one of a column. */
  readonly key: RowKey | null
  /** What DROP TABLE takes with it, in the order it was made: indexes that were created by name, and triggers. */
  readonly own: readonly {
    readonly type: 'index' | 'trigger'
    readonly name: string
    readonly sql: string
  }[]
  /** Names of every object of the database, in lower case. */
  readonly names: readonly string[]
  /** There is a sqlite_stat1. */
  readonly hasStatistics: boolean
  /** Over every object of the database. */
  readonly schemaDigest: string
}

/** What holds of a database and one of its tables. JSON: a step may demand that it is so. */
export type DatabaseState = {
  /** Digest of type, name, table and text of every object. */
  readonly schema: string
  /** Digest of what the catalog states of the table: columns, keys, indexes with their order and collations. */
  readonly shape: string
  /** Views, and tables and views with triggers, that cannot be used, with what SQLite says. */
  readonly unusable: readonly string[]
  readonly journalMode: string
  readonly userVersion: number
  readonly applicationId: number
  /** Rows that break a foreign key of the table or one that refers to it. */
  readonly foreignKeyViolations: number
  /** What `PRAGMA integrity_check` says of the table. */
  readonly integrity: string
}

/** Values of a column that would not survive another type: counted and found, never shown. */
export interface LossReport {
  readonly rows: number
  readonly lost: number
  /** Whether what the column is given where nothing is, would survive, too. */
  readonly defaultSurvives: boolean
  /** Up to 20 of them: where, and of what class and length. Keys of tables WITHOUT ROWID are data, and not told. */
  readonly examples: readonly {
    readonly rowid: string | null
    readonly storageClass: string
    readonly length: number
  }[]
}

/** A copy of a table compared with it, row by row. Everything 0 and `sequence` true: nothing is lost. */
export type CopyReport = {
  readonly missing: number
  readonly extra: number
  readonly different: number
  readonly lost: number
  /** AUTOINCREMENT goes on where it was. */
  readonly sequence: boolean
  /** Whether this connection enforces foreign keys, so that DROP TABLE would delete what refers to the table. */
  readonly foreignKeys: boolean
}

/** The questions. None writes anything. */
export type SqliteQuestions = {
  readonly table: {
    readonly params: { readonly table: string }
    readonly answer: TableFacts
  }
  /** Digest over every object of the database. */
  readonly schema: {
    readonly params: { readonly [key: string]: Json }
    readonly answer: { readonly schema: string }
  }
  /** What `state` is to be once the table has this text, with another type in one column and nothing else. */
  readonly expected: {
    readonly params: {
      readonly table: string
      readonly column: string
      readonly type: string
      readonly sql: string
    }
    readonly answer: DatabaseState
  }
  /** Whether statements do on empty tables of the same definitions what they are to do; why not, if not. */
  readonly rehearsal: {
    readonly params: { readonly table: string; readonly texts: readonly string[]; readonly sql: string }
    readonly answer: { readonly problem: string | null }
  }
  readonly state: { readonly params: { readonly table: string }; readonly answer: DatabaseState }
  /** Reads the whole table. */
  readonly losses: {
    readonly params: { readonly table: string; readonly column: string; readonly type: string }
    readonly answer: LossReport
  }
  /** Reads both tables whole. */
  readonly copied: {
    readonly params: {
      readonly table: string
      readonly copy: string
      readonly column: string
      readonly type: string
      /** On the way back values need not have the type's own class: some never had it. */
      readonly anyClass: boolean
    }
    readonly answer: CopyReport
  }
  /** Bytes: the table with its indexes, the whole database, and what is free where it lies. */
  readonly room: {
    readonly params: { readonly table: string }
    readonly answer: { readonly table: number; readonly database: number; readonly free: number }
  }
  /** Whether a file of this name lies beside the database. */
  readonly beside: {
    readonly params: { readonly file: string }
    readonly answer: { readonly exists: boolean }
  }
  /** A backup: opened, its objects and the rows of a table. */
  readonly backup: {
    readonly params: { readonly file: string; readonly table: string }
    readonly answer: { readonly schema: string; readonly sameRows: boolean }
  }
}

/** A database of this engine has no instruments that are read in windows. */
export type SqliteSnapshots = { readonly [name: string]: never }
