/**
 * Placeholder types: what a parameter of an action may be. There is no free text among them. `app` makes
 * validators of these descriptions; an engine's catalog resolves the named objects against the live server.
 */

/** An existing base table, by exact catalog name. */
export interface TableParameter {
  readonly type: 'table'
  /** The one schema there is; absent: any. */
  readonly schema?: string
}
/** An existing index of the table in parameter `of`. */
export interface IndexParameter {
  readonly type: 'index'
  readonly of: string
}
/** One to `most` existing columns of the table in parameter `of`, each once, with optional prefix and direction. */
export interface ColumnsParameter {
  readonly type: 'columns'
  readonly of: string
  readonly most: number
}
/** One live connection, by its whole identity. */
export interface ConnectionParameter {
  readonly type: 'connection'
}
/** An existing account of the server (`user`, `host`), by exact catalog name. */
export interface AccountParameter {
  readonly type: 'account'
}
/** A whole number within bounds. */
export interface IntegerParameter {
  readonly type: 'integer'
  readonly min: number
  readonly max: number
  readonly unit: string
}
/** A decimal within bounds, given as a string so that its digits are exact. */
export interface DecimalParameter {
  readonly type: 'decimal'
  readonly min: string
  readonly max: string
  readonly digits: number
  readonly unit: string
}
/** One of the listed words. */
export interface EnumParameter {
  readonly type: 'enum'
  readonly values: readonly string[]
}
/** A past instant, ISO 8601 in UTC. */
export interface InstantParameter {
  readonly type: 'instant'
  /** It must lie at least this many seconds in the past. */
  readonly minimumAgeSeconds: number
}
/** A file of a repository by its path, with what it is and what it is to become. */
export interface FileParameter {
  readonly type: 'file'
}
/** One to `most` fixes of the file in parameter `of`, by the ids a scan of the repository gives them, each once. */
export interface FixesParameter {
  readonly type: 'fixes'
  readonly of: string
  readonly most: number
}

/** Any placeholder type. */
export type Parameter =
  | TableParameter
  | IndexParameter
  | ColumnsParameter
  | ConnectionParameter
  | AccountParameter
  | IntegerParameter
  | DecimalParameter
  | EnumParameter
  | InstantParameter
  | FileParameter
  | FixesParameter

/** The parameters of an action, by name. Unknown members are refused. */
export type ParameterSchema = { readonly [name: string]: Parameter }

/** A column of an index to be, as given. */
export interface ColumnValue {
  readonly column: string
  /** Prefix length in characters; null for the whole column. */
  readonly prefix: number | null
  readonly direction: 'ASC' | 'DESC'
}

/**
 * A connection's identity, as given and as bound. Ids repeat after a restart, so the number alone names
 * nobody. 64-bit numbers are strings of digits.
 */
export interface ConnectionValue {
  readonly instanceUid: string
  readonly epoch: string
  readonly connectionId: string
  readonly user: string
  readonly host: string
  readonly database: string | null
  /** The transaction the action is about; null where it is about a statement or an idle connection. */
  readonly transactionId: string | null
  readonly transactionStartedAt: string | null
  /** The statement the action is about (MariaDB QUERY_ID); null where it is about the connection. */
  readonly queryId: string | null
  /** Fingerprint id of the statement the action is about, where the engine has no statement id. */
  readonly statementFingerprintId: string | null
}

/** A file as given: where it is below the root, with `/`, and the SHA-256 it has and is to have, 64 hex digits. */
export interface FileValue {
  readonly path: string
  readonly before: string
  readonly after: string
}

/** A table after it was found in the live catalog. Names are the catalog's own strings. */
export interface ResolvedTable {
  readonly schema: string
  readonly table: string
  readonly definitionDigest: string
}
/** An index after it was found in the live catalog. */
export interface ResolvedIndex extends ResolvedTable {
  readonly index: string
}
/** An account after it was found. */
export interface ResolvedAccount {
  readonly user: string
  readonly host: string
}
/** Fixes after they were found in a scan made now, with what they come to. Texts are what an act session takes. */
export interface ResolvedFixes {
  readonly ids: readonly string[]
  /** The change, and what takes it back. */
  readonly text: string
  readonly undoText: string
  /** SHA-256 of the file with them. */
  readonly after: string
  /** Findings in the file that a fix could mend, without them and with them. */
  readonly found: number
  readonly remaining: number
}

/** What a caller gives for a parameter. */
export type GivenValue<P extends Parameter> = P extends TableParameter
  ? { readonly schema: string; readonly table: string }
  : P extends IndexParameter
    ? string
    : P extends ColumnsParameter
      ? readonly ColumnValue[]
      : P extends ConnectionParameter
        ? ConnectionValue
        : P extends AccountParameter
          ? ResolvedAccount
          : P extends IntegerParameter
            ? number
            : P extends DecimalParameter
              ? string
              : P extends EnumParameter
                ? P['values'][number]
                : P extends FileParameter
                  ? FileValue
                  : P extends FixesParameter
                    ? readonly string[]
                    : string

/** What an action works with: names are the catalog's, connections were re-read. */
export type ResolvedValue<P extends Parameter> = P extends TableParameter
  ? ResolvedTable
  : P extends IndexParameter
    ? ResolvedIndex
    : P extends FixesParameter
      ? ResolvedFixes
      : GivenValue<P>

/** Given parameters of a schema. */
export type Given<S extends ParameterSchema> = { readonly [K in keyof S]: GivenValue<S[K]> }
/** Resolved parameters of a schema. */
export type Resolved<S extends ParameterSchema> = { readonly [K in keyof S]: ResolvedValue<S[K]> }
