// The taxonomy of errors: what kind of fault a code is, whether trying again can help and how, and who acts on it.
// Which code is of which type is each engine's own list; this file names no engine.

import type { RecoveryStrategy } from '../core/recovery-records.ts'

/** How often trying again can help: never, the failed statement alone, or the transaction from its beginning. */
export type Retry = 'never' | 'statement' | 'transaction'

/** What must hold before a retry; `none` where nothing more than a short, growing, random pause is needed. */
export type RetryCondition = 'none' | 'idempotent' | 'after-rollback' | 'other-server'

/** Who answers a fault. */
export type Strategy = RecoveryStrategy

/** What one fault of a type is about: an object of the schema, the statement that failed, or the server as a whole. */
export type FaultScope = 'object' | 'statement' | 'server'

/** One type of the taxonomy. */
export interface ErrorTypeRow {
  readonly retry: Retry
  readonly condition: RetryCondition
  readonly strategy: Strategy
  /** `server`: neither the statement nor its tables tell one fault from another. */
  readonly scope: FaultScope
  /** One sentence for people. */
  readonly means: string
}

type Short = readonly [Retry, RetryCondition, Strategy, FaultScope, string]

const row = ([retry, condition, strategy, scope, means]: Short): ErrorTypeRow => ({
  retry,
  condition,
  strategy,
  scope,
  means,
})

const TABLE = {
  TABLE_NOT_FOUND: [
    'never',
    'none',
    'SELF_HEALING',
    'object',
    'The statement names a table or collection that is not there: not migrated, dropped, misspelt, or in another schema.',
  ],
  COLUMN_NOT_FOUND: [
    'never',
    'none',
    'SELF_HEALING',
    'object',
    'The statement names a column that its tables do not have.',
  ],
  OBJECT_NOT_FOUND: [
    'never',
    'none',
    'AI_POWERED',
    'object',
    'The statement names a database, index, function, role or other object that is not there.',
  ],
  OBJECT_EXISTS: ['never', 'none', 'AI_POWERED', 'object', 'What the statement makes is there already.'],
  SYNTAX_ERROR: [
    'never',
    'none',
    'AI_POWERED',
    'statement',
    'The server could not read the statement. Text joined from input is a common cause, and then an injection risk.',
  ],
  INVALID_STATEMENT: [
    'never',
    'none',
    'AI_POWERED',
    'statement',
    'The statement can be read but not run as written: ambiguous names, wrong grouping, wrong number of values.',
  ],
  CONNECTION_ERROR: [
    'statement',
    'none',
    'IMMEDIATE',
    'server',
    'No connection could be made; nothing was sent, so trying again is safe.',
  ],
  SERVER_GONE: [
    'statement',
    'idempotent',
    'IMMEDIATE',
    'server',
    'The connection broke while in use. Whether the statement took effect is not known.',
  ],
  TOO_MANY_CONNECTIONS: [
    'statement',
    'none',
    'PREVENTIVE',
    'server',
    'The server or the account has no connection left to give.',
  ],
  DEADLOCK: [
    'transaction',
    'none',
    'IMMEDIATE',
    'statement',
    'Transactions waited for each other; the server rolled this one back whole.',
  ],
  SERIALIZATION: [
    'transaction',
    'none',
    'IMMEDIATE',
    'statement',
    'What the transaction had read was changed by another one; only running it again from its start is right.',
  ],
  LOCK_TIMEOUT: [
    'transaction',
    'after-rollback',
    'IMMEDIATE',
    'statement',
    'A lock was not had in time. The transaction may still be open and hold its own locks: roll it back first.',
  ],
  STATEMENT_TIMEOUT: [
    'never',
    'none',
    'SELF_HEALING',
    'statement',
    'The statement was stopped: it ran longer than it may, or somebody cancelled it.',
  ],
  ACCESS_DENIED: [
    'never',
    'none',
    'ESCALATE',
    'server',
    'The account may not do this, or could not prove who it is. Rights are never given automatically.',
  ],
  DISK_FULL: [
    'never',
    'none',
    'ESCALATE',
    'server',
    'The server cannot write: no space is left where it writes.',
  ],
  OOM: ['never', 'none', 'ESCALATE', 'server', 'The server has no memory left for this.'],
  LIMIT_EXCEEDED: [
    'never',
    'none',
    'PREVENTIVE',
    'statement',
    'A limit of the server or of its settings was reached: size, number, depth.',
  ],
  DUPLICATE_KEY: ['never', 'none', 'AI_POWERED', 'object', 'A unique or primary key has that value already.'],
  FK_VIOLATION: ['never', 'none', 'AI_POWERED', 'object', 'A foreign key would point at nothing.'],
  NOT_NULL: ['never', 'none', 'AI_POWERED', 'object', 'A column that must have a value was given none.'],
  CHECK: ['never', 'none', 'AI_POWERED', 'object', 'A row breaks a check of its table, view or collection.'],
  DATA_TOO_LONG: ['never', 'none', 'AI_POWERED', 'object', 'A value is longer than its column can hold.'],
  RANGE: [
    'never',
    'none',
    'AI_POWERED',
    'object',
    'A number or date is outside what its type or column can hold.',
  ],
  TYPE_MISMATCH: [
    'never',
    'none',
    'AI_POWERED',
    'object',
    'A value or an expression is not of the type that is needed there.',
  ],
  INVALID_VALUE: [
    'never',
    'none',
    'AI_POWERED',
    'object',
    'A value is of the right type but cannot be used: malformed, out of its domain, division by zero.',
  ],
  READ_ONLY: [
    'transaction',
    'other-server',
    'AI_POWERED',
    'server',
    'This server or session takes no writes. After a failover the writer is another server.',
  ],
  REPLICATION: ['never', 'none', 'ESCALATE', 'server', 'Replication or the cluster cannot go on by itself.'],
  CORRUPTION: [
    'never',
    'none',
    'ESCALATE',
    'object',
    'Stored data is damaged. Copy before anything else; no action runs on it.',
  ],
  GOVERNANCE: [
    'never',
    'none',
    'AI_POWERED',
    'statement',
    'A rule somebody wrote into the database (a trigger or routine) refused the statement.',
  ],
  TRANSACTION_STATE: [
    'never',
    'none',
    'AI_POWERED',
    'statement',
    'The command does not fit the state of the transaction or session.',
  ],
  UNSUPPORTED: [
    'never',
    'none',
    'AI_POWERED',
    'statement',
    'This server, version, table type or build does not do that.',
  ],
  CONFIGURATION: [
    'never',
    'none',
    'ESCALATE',
    'server',
    'A setting is wrong, missing or cannot be changed this way.',
  ],
  FILE_ERROR: ['never', 'none', 'ESCALATE', 'server', 'A file of the server cannot be read or written.'],
  PROTOCOL: [
    'never',
    'none',
    'AI_POWERED',
    'server',
    'Client and server do not agree about the messages they exchange.',
  ],
  INTERNAL_ERROR: ['never', 'none', 'ESCALATE', 'statement', 'The server met a state it did not expect.'],
  WARNING: ['never', 'none', 'AI_POWERED', 'statement', 'A note; the statement was carried out.'],
  SERVER_LOG: [
    'never',
    'none',
    'AI_POWERED',
    'server',
    'A line of the server’s own log; clients do not receive it.',
  ],
  OTHER: ['never', 'none', 'AI_POWERED', 'statement', 'A known code that none of the other types fits.'],
  UNCLASSIFIED: [
    'never',
    'none',
    'AI_POWERED',
    'statement',
    'No code was given and the message is none the catalogue knows.',
  ],
} as const satisfies Record<string, Short>

/** The name of a type. */
export type ErrorType = keyof typeof TABLE

/** Every type by name. A retry is never right for a statement inside somebody’s open transaction. */
export const ERROR_TYPES = Object.fromEntries(
  Object.entries(TABLE).map(([name, short]) => [name, row(short)]),
) as Readonly<Record<ErrorType, ErrorTypeRow>>

/** True for the name of a type. */
export const isErrorType = (word: string): word is ErrorType => Object.hasOwn(ERROR_TYPES, word)
