// Which type a code of MongoDB is: decided by hand, else by the category MongoDB puts it in, else by its name. Used when the table
// of codes is made.

import type { ErrorType } from '../error-types.ts'

const BY_HAND: Readonly<Partial<Record<ErrorType, string>>> = {
  TABLE_NOT_FOUND: '26',
  COLUMN_NOT_FOUND: '4 28',
  OBJECT_NOT_FOUND: '27 11 31 43 59 70 71 74 177 206 211 36 47 128 130 33 4938500 339 415',
  OBJECT_EXISTS: '48 68 85 86 23 98 213 416 447 285',
  SYNTAX_ERROR: '9 40 168 40324 16 40413 40414 40415 4662500',
  CONNECTION_ERROR: '6 7 89 230 231 240 141 384 317',
  SERVER_GONE: '91 11600 9001 172 279 145 372 398',
  TOO_MANY_CONNECTIONS: '202 407 433 449 450 462',
  SERIALIZATION: '112 251 225 246 239 250 365 272 117 369 374 375',
  LOCK_TIMEOUT: '24 46 107 208 267 12586 12587',
  STATEMENT_TIMEOUT: '50 11601 262 237 175 290 46841',
  ACCESS_DENIED: '13 18 214 391 334 390 392 404',
  DISK_FULL: '14031',
  OOM: '146 292 388',
  LIMIT_EXCEEDED: '257 261 264 12 165 195 232 247 377 402',
  DUPLICATE_KEY: '11000 3 84',
  CHECK: '121 371',
  DATA_TOO_LONG: '10334 17280 116 153 10003',
  RANGE: '15 159',
  TYPE_MISMATCH: '14 241 53',
  INVALID_VALUE: '2 22 52 55 56 57 66 207 54 111 357 378 16500',
  READ_ONLY: '10107 13435 13436 10058 95',
  REPLICATION: '189 11602 76 92 93 94 100 64 79 113 114 119 120 123 127 133 134 136 138 190',
  CORRUPTION: '301 269 288 152 430 431',
  UNSUPPORTED: '20 115 166 167 235 238 263 31082 352',
  TRANSACTION_STATE: '256 143 217 244 356 363',
  INTERNAL_ERROR: '1 8 125',
}
const BY_CATEGORY: readonly (readonly [string, ErrorType])[] = [
  ['NetworkError', 'CONNECTION_ERROR'],
  ['NotPrimaryError', 'READ_ONLY'],
  ['ShutdownError', 'SERVER_GONE'],
  ['SnapshotError', 'SERIALIZATION'],
  ['StaleShardVersionError', 'REPLICATION'],
  ['WriteConcernError', 'REPLICATION'],
  ['ExceededTimeLimitError', 'STATEMENT_TIMEOUT'],
  ['Interruption', 'STATEMENT_TIMEOUT'],
  ['CursorInvalidatedError', 'OBJECT_NOT_FOUND'],
  ['IDLParseError', 'SYNTAX_ERROR'],
  ['SystemOverloadedError', 'LIMIT_EXCEEDED'],
  ['InternalOnly', 'INTERNAL_ERROR'],
]
const BY_NAME: readonly (readonly [RegExp, ErrorType])[] = [
  [/NotFound|NoSuch|NotExist|Missing/, 'OBJECT_NOT_FOUND'],
  [/AlreadyExists|Conflict/, 'OBJECT_EXISTS'],
  [/Unauthorized|Auth|Credential|Signature|Role|UserMod|UserData/, 'ACCESS_DENIED'],
  [/TooMany|TooLarge|Exceeded|Limit/, 'LIMIT_EXCEEDED'],
  [/ConnectionError|NetworkTimeout/, 'CONNECTION_ERROR'],
  [
    /FailPoint|ForTesting|ProducerConsumer|BrokenPromise|Interpreter|JSUncatchable|Exhaust|Future|Alarm|Hierarchical|QueryStats|CEFailure|Skip|OBSOLETE/,
    'INTERNAL_ERROR',
  ],
  [/^API|Incompatible|Outdated|MustUpgrade|MustDowngrade|Mismatch/, 'CONFIGURATION'],
  [/Invalid|Illegal|Ambiguous|BadValue|Cannot|NotAllowed|Wrong/, 'INVALID_STATEMENT'],
  [
    /Repl|Oplog|Sync|Election|Shard|Reshard|Zone|Term|Topology|Quorum|ChangeStream|StreamProcessor|Primary|Secondary|Chunk|Migration|Config|Cluster/,
    'REPLICATION',
  ],
  [/Unsupported|NotSupported|NotImplemented|NotEnabled/, 'UNSUPPORTED'],
  [/Transaction|Session/, 'TRANSACTION_STATE'],
  [/File|Log/, 'FILE_ERROR'],
]
const HAND = new Map(
  Object.entries(BY_HAND).flatMap(([type, codes]) =>
    codes.split(' ').map((c) => [c, type as ErrorType] as const),
  ),
)

/** The type of a code with its name and MongoDB's categories. */
export function mongodbErrorType(error: {
  readonly code: string
  readonly name: string
  readonly categories: readonly string[]
}): ErrorType {
  return (
    HAND.get(error.code) ??
    BY_CATEGORY.find(([category]) => error.categories.includes(category))?.[1] ??
    BY_NAME.find(([word]) => word.test(error.name))?.[1] ??
    'OTHER'
  )
}
