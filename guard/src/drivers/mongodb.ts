// mongodb (the official driver): clients, databases, collections, cursors, sessions.

import { mongodbErrors } from '../../../src/recovery/mongodb/index.ts'
import {
  codeOf,
  type Driver,
  type GuardedKind,
  hasMethod,
  type MethodRole,
  memberOf,
  textOf,
} from '../driver.ts'
import { mongodbTransactions } from './mongodb-transaction.ts'

/** What it says without a code, by the names of its errors, and the code that other drivers and Node give the same. */
const BY_NAME: ReadonlyMap<string | undefined, string> = new Map([
  ['MongoServerSelectionError', 'ECONNREFUSED'],
  ['MongoPoolClearedError', 'ECONNREFUSED'],
  ['PoolClearedOnNetworkError', 'ECONNREFUSED'],
  ['MongoWaitQueueTimeoutError', 'POOL_ENQUEUELIMIT'],
  ['MongoNetworkError', 'PROTOCOL_CONNECTION_LOST'],
  ['MongoNetworkTimeoutError', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ['MongoOperationTimeoutError', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ['MongoPoolClosedError', 'POOL_CLOSED'],
  ['MongoNotConnectedError', 'POOL_CLOSED'],
  ['MongoTopologyClosedError', 'POOL_CLOSED'],
  ['MongoServerClosedError', 'POOL_CLOSED'],
  ['MongoClientClosedError', 'POOL_CLOSED'],
  ['MongoExpiredSessionError', 'POOL_CLOSED'],
  ['MongoCursorExhaustedError', 'POOL_CLOSED'],
  ['MongoTransactionError', 'POOL_CLOSED'],
])

/** Methods of a collection, or with the collection's name as their first argument, and the command they send. */
const OF_COLLECTION: Readonly<Record<string, string>> = {
  ...{ insertOne: 'insert', insertMany: 'insert', bulkWrite: 'bulkWrite' },
  ...{ updateOne: 'update', updateMany: 'update', replaceOne: 'update' },
  ...{ deleteOne: 'delete', deleteMany: 'delete', findOne: 'find', distinct: 'distinct' },
  ...{
    findOneAndDelete: 'findAndModify',
    findOneAndReplace: 'findAndModify',
    findOneAndUpdate: 'findAndModify',
  },
  ...{ countDocuments: 'aggregate', estimatedDocumentCount: 'count', count: 'count' },
  ...{
    createIndex: 'createIndexes',
    createIndexes: 'createIndexes',
    dropIndex: 'dropIndexes',
    dropIndexes: 'dropIndexes',
  },
  ...{ indexes: 'listIndexes', indexExists: 'listIndexes', indexInformation: 'listIndexes' },
  ...{ options: 'listCollections', isCapped: 'listCollections', drop: 'drop', dropCollection: 'drop' },
  ...{ createSearchIndex: 'createSearchIndexes', createSearchIndexes: 'createSearchIndexes' },
  ...{ dropSearchIndex: 'dropSearchIndex', updateSearchIndex: 'updateSearchIndex' },
}
/** Those that give a collection. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  ...{ createCollection: 'create', renameCollection: 'renameCollection', rename: 'renameCollection' },
}
/** Those that give a cursor, a stream of changes or a list of writes, and send nothing until that is used. */
const LAZY: Readonly<Record<string, string>> = {
  ...{ find: 'find', aggregate: 'aggregate', watch: 'aggregate', listIndexes: 'listIndexes' },
  ...{ listSearchIndexes: 'aggregate', listCollections: 'listCollections', runCursorCommand: 'command' },
  ...{ initializeOrderedBulkOp: 'bulkWrite', initializeUnorderedBulkOp: 'bulkWrite' },
}
/** Methods of clients, databases and sessions that are about no collection. */
const OTHERS: Readonly<Record<string, string>> = {
  ...{ command: 'command', stats: 'dbStats', dropDatabase: 'dropDatabase', collections: 'listCollections' },
  ...{ removeUser: 'dropUser', setProfilingLevel: 'profile', profilingLevel: 'profile' },
  ...{ buildInfo: 'buildInfo', serverInfo: 'buildInfo', serverStatus: 'serverStatus', ping: 'ping' },
  ...{ listDatabases: 'listDatabases', replSetGetStatus: 'replSetGetStatus', validateCollection: 'validate' },
  ...{ commitTransaction: 'commitTransaction', abortTransaction: 'abortTransaction' },
}
/** First words of commands that name a collection, and of others; of what else is sent as it is nothing is told. */
const NAMING: ReadonlySet<string> = new Set([
  ...[
    'find',
    'aggregate',
    'insert',
    'update',
    'delete',
    'findAndModify',
    'count',
    'distinct',
    'mapReduce',
    'validate',
  ],
  ...['create', 'drop', 'createIndexes', 'dropIndexes', 'listIndexes', 'collMod', 'collStats', 'compact'],
])
const BARE: ReadonlySet<string> = new Set([
  ...[
    'ping',
    'hello',
    'buildInfo',
    'serverStatus',
    'dbStats',
    'listCollections',
    'listDatabases',
    'currentOp',
  ],
  ...[
    'killOp',
    'createUser',
    'updateUser',
    'dropUser',
    'usersInfo',
    'getParameter',
    'setParameter',
    'dropDatabase',
  ],
])
/** A collection's name as people give them. */
const NAME = /^[\p{L}_$][\p{L}\p{N}_$.-]{0,119}$/u

const SENT = { ...OF_COLLECTION, ...COLLECTIONS, ...LAZY, ...OTHERS }

const roleOfAll = (methods: object, role: MethodRole): Readonly<Record<string, MethodRole>> =>
  Object.fromEntries(Object.keys(methods).map((name) => [name, role]))

const ROLES: Readonly<Record<string, MethodRole>> = {
  ...roleOfAll({ ...OF_COLLECTION, ...OTHERS }, 'statement'),
  ...roleOfAll(COLLECTIONS, 'connection'),
  ...roleOfAll(LAZY, 'prepared'),
  ...{ connect: 'connection', db: 'view', collection: 'view', admin: 'view', startSession: 'view' },
  ...{ withSession: 'scoped', withTransaction: 'scoped' },
}

/** mongodb 7. */
export const mongodbDriver: Driver = {
  id: 'mongodb',
  isSynchronous: false,
  hasCallbacks: false,
  repeatsItself: true,
  hasSessions: true,
  roles: {
    pool: ROLES,
    connection: ROLES,
    // Cursors, streams of changes, lists of writes, and what `for await` walks through.
    statement: {
      ...{ next: 'statement', tryNext: 'statement', hasNext: 'statement', toArray: 'statement' },
      ...{ explain: 'statement', count: 'statement', execute: 'statement', return: 'statement' },
      ...{ clone: 'view', forEach: 'scoped', [String(Symbol.asyncIterator)]: 'prepared' },
    },
  },
  kindOf(target): GuardedKind | null {
    const isClient =
      hasMethod(target, 'startSession') && hasMethod(target, 'withSession') && hasMethod(target, 'db')
    const isDatabase = hasMethod(target, 'runCursorCommand') && hasMethod(target, 'collection')
    const isCollection = hasMethod(target, 'insertOne') && hasMethod(target, 'initializeOrderedBulkOp')
    return isClient || isDatabase || isCollection ? 'pool' : null
  },
  // A cursor's `forEach` runs it with documents.
  isConnection: (given) => hasMethod(given, 'endSession'),
  engineOf: () => mongodbErrors,
  databaseOf: () => undefined,
  readError(error) {
    const code = memberOf(error, 'code')
    const message = textOf(memberOf(error, 'message')) ?? ''
    if (typeof code === 'number') return { errno: code, message }
    const cause = Object(memberOf(error, 'cause')) as object
    return { code: codeOf(error) ?? codeOf(cause) ?? BY_NAME.get(textOf(memberOf(error, 'name'))), message }
  },
  sqlOf(method, args, target) {
    const command = Object.hasOwn(SENT, method) ? SENT[method] : undefined
    if (command === 'command') return ownCommand(args[0])
    if (command === undefined) return undefined
    const isNamed = Object.hasOwn(OF_COLLECTION, method) || Object.hasOwn(COLLECTIONS, method)
    const name = textOf(memberOf(target, 'collectionName')) ?? (isNamed ? textOf(args[0]) : undefined)
    return textFor(command, name)
  },
  transaction: mongodbTransactions,
}

const textFor = (command: string, name: string | undefined): string =>
  name === undefined ? `{ ${command}: 1 }` : `{ ${command}: "${NAME.test(name) ? name : '?'}" }`

/** A command that the application wrote itself: its first word is its name. */
function ownCommand(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const [command = ''] = Object.keys(given)
  if (BARE.has(command)) return textFor(command, undefined)
  const name: unknown = Object.getOwnPropertyDescriptor(given, command)?.value
  return NAMING.has(command) ? textFor(command, textOf(name)) : undefined
}
